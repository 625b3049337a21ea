/** What the page shows beside the text and the waveform: where it is, how it went, what went wrong. */

const find = (id) => document.getElementById(id);
const root = document.documentElement;

/** "idle", "waiting" for the first sound, or "speaking". */
export function setState(state) {
  root.dataset.state = state;
  find("stop").disabled = state === "idle";
}

/** "text" or "ask". */
export function setMode(mode) {
  root.dataset.mode = mode;
  find("speak-label").textContent = mode === "ask" ? "Ask" : "Speak";
  find("text-caption").textContent = mode === "ask" ? "The answer" : "Text";
}

/** "edit" or "read". The focus goes along, if it was on what disappears. */
export function setView(view) {
  const had = document.activeElement;
  root.dataset.view = view;
  if (had === find("text") && view === "read") find("reading").focus({ preventScroll: true });
}

/** Read out by a screen reader when it has time: only what is worth it. */
export const tell = (text) => { find("status").textContent = text; };

/** Read out at once. */
export const complain = (text) => put("trouble", text);

export function showFigures({ first, factor, seconds }) {
  if (first !== undefined) find("first").textContent = first === null ? "" : Math.round(first);
  if (factor !== undefined) find("factor").textContent = factor === null ? "" : figure(factor);
  if (seconds !== undefined) find("duration").textContent = seconds ? seconds.toFixed(1) : "";
}

export function showTimes(position, seconds) {
  put("elapsed", clock(position));
  put("total", clock(seconds));
}

/** For screen readers: not while it moves by itself, which would be read out without end. */
export function describePosition(position, seconds, word) {
  const wave = find("wave");
  wave.setAttribute("aria-disabled", seconds === 0);
  wave.setAttribute("aria-valuemax", seconds.toFixed(2));
  wave.setAttribute("aria-valuenow", position.toFixed(2));
  const where = `${position.toFixed(1)} of ${seconds.toFixed(1)} seconds`;
  wave.setAttribute("aria-valuetext", seconds === 0 ? "No sound yet" : word ? `${word}, ${where}` : where);
}

/** Two figures that count. */
export const figure = (number) => number.toFixed(number < 0.1 ? 3 : 2);

function clock(seconds) {
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

function put(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
}
