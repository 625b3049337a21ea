/** The page: what is clicked and typed becomes speech, and what is heard becomes visible. */

import { answer } from "./answer.js";
import { Trouble, UNREACHABLE, address, request } from "./api.js";
import { download } from "./download.js";
import { Player } from "./player.js";
import { Reading } from "./reading.js";
import { Recording } from "./recording.js";
import { Talk } from "./talk.js";
import { complain, describePosition, figure, setMode, setState, setView, showFigures, showTimes, tell } from "./view.js";
import { VoiceChoice } from "./voices.js";
import { Waveform } from "./waveform.js";
import { Words } from "./words.js";

const SPEEDS = [0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 3, 4];
const HELD = "The browser lets no sound out. Is a loudspeaker there, and is this page allowed to sound?";
const NO_TALK = { recording: new Recording(), words: new Words(), text: "", whole: false };

const find = (id) => document.getElementById(id);
const player = new Player();
const reading = new Reading(find("reading"));
const wave = new Waveform(find("wave").firstElementChild);
const voice = new VoiceChoice(find("voice"), find("voices"));

let talk = NO_TALK;
let frame = 0;

// Speaking

function speak() {
  player.unlock();
  hush();
  complain("");
  const asks = mode() === "ask";
  const text = asks ? find("question").value : find("text").value;
  if (!text.trim()) return complain(asks ? "Type a question first." : "Type a text first.");
  showFigures({ first: null, factor: null, seconds: 0 });
  reading.clear(asks ? "" : voice.language);
  setView("read");
  setState("waiting");
  tell(asks ? "Asking…" : "Waiting for the first sound…");
  talk = newTalk(performance.now());
  talk.speak((signal) => asks ? answer(text, signal) : portions(text));
  return move();
}

function newTalk(clicked) {
  const told = {
    text: (delta) => talk === made && reading.append(delta),
    done: (figures) => talk === made && finished(figures),
    trouble: (error) => talk === made && troubled(error),
  };
  const made = new Talk(how(), player, told);
  made.clicked = clicked;
  return made;
}

/** A message has a limit; a text has none. */
const portions = (text) => text.match(/.{1,16384}/gsu);

const how = () => ({ voice: voice.value, speed: SPEEDS[find("speed").value] });

function began({ detail: when }) {
  setState("speaking");
  if (find("trouble").textContent === HELD) complain("");
  if (talk.first !== undefined) return;
  talk.first = when - talk.clicked;
  showFigures({ first: talk.first });
  tell("Speaking.");
}

function finished({ real_time_factor: factor, reason, notices = [] }) {
  talk.factor = factor;
  showFigures({ factor });
  if (reason === "failed") complain("The voice failed; the server’s log says why.");
  else if (notices.length) complain(notices[0].message);
}

function ended() {
  talk.close?.();
  settle();
  reading.darken();
  if (!talk.recording.length) return tell("There was nothing in it to be said.");
  const made = talk.factor ? `, real-time factor ${figure(talk.factor)}` : "";
  const { underruns } = player;
  const gaps = underruns ? ` It ran dry ${underruns === 1 ? "once" : `${underruns} times`}.` : "";
  return tell(`${talk.recording.seconds.toFixed(1)} seconds of speech, begun ${Math.round(talk.first)} ms after the click${made}.${gaps}`);
}

/** Be silent, and let nothing more come. */
function hush() {
  if (document.documentElement.dataset.state === "idle") return;
  talk.cancel?.();
  player.stop();
  settle();
  tell(talk.recording.length ? `Stopped after ${player.position.toFixed(1)} seconds.` : "Stopped.");
}

function settle() {
  setState("idle");
  find("reading").classList.toggle("ready", talk.words.list.length > 0);
  describe();
  move();
}

function troubled(error) {
  if (error.code === NO_LLM) return refuseToAsk(error.message);
  complain(error instanceof Trouble ? error.message : `Something in this page went wrong: ${error.message}`);
  if (player.playing && talk.recording.length) return undefined; // what has come is heard to its end
  player.stop();
  settle();
  tell("");
  if (!talk.recording.length) setView("edit");
  return undefined;
}

// Asking

const NO_LLM = "llm_not_configured";
const mode = () => find("form").elements.mode.value;

function changeMode() {
  hush();
  talk = NO_TALK;
  player.rest(0);
  reading.clear("");
  setMode(mode());
  setView("edit");
  showFigures({ first: null, factor: null, seconds: 0 });
  tell("");
  settle();
}

function refuseToAsk(why) {
  const [readsText, asks] = find("form").elements.mode;
  find("ask-note").textContent = why;
  asks.disabled = true;
  readsText.checked = true;
  changeMode();
}

function edit() {
  const word = talk.words.list[talk.words.at(player.position)];
  hush();
  setView("edit");
  find("text").focus();
  if (word && talk.text === find("text").value) find("text").setSelectionRange(word.begin, word.begin);
}

// Hearing it again

function playFrom(seconds) {
  if (!talk.recording.length) return;
  player.unlock();
  setView("read");
  setState("speaking");
  player.play(talk.recording, seconds);
  move();
}

function clickWord({ clientX, clientY }) {
  if (!getSelection().isCollapsed) return;
  const place = reading.placeAt(clientX, clientY);
  const word = place === null ? undefined : talk.words.standingAt(place);
  if (word) playFrom(word.start);
}

function clickWave({ clientX }) {
  const { left, width } = find("wave").getBoundingClientRect();
  playFrom(Math.min((clientX - left) / width * wave.span, Math.max(0, talk.recording.seconds - 0.1)));
}

function pressWave(event) {
  const { words } = talk;
  const next = words.list[words.at(player.position + 1e-3) + 1]?.start;
  const last = words.list[words.at(player.position - 0.05)]?.start ?? 0; // or the beginning of this one
  const places = {
    ArrowRight: next, ArrowUp: next, ArrowLeft: last, ArrowDown: last,
    PageUp: player.position + 5, PageDown: player.position - 5, Home: 0, End: talk.recording.seconds,
  };
  if (event.key === " " || event.key === "Enter" && !event.ctrlKey) playOrPause();
  else if (places[event.key] === undefined) return;
  else jump(Math.min(Math.max(places[event.key], 0), talk.recording.seconds));
  event.preventDefault();
}

function playOrPause() {
  if (player.playing) hush();
  else playFrom(player.position < talk.recording.seconds - 0.05 ? player.position : 0);
}

function jump(seconds) {
  if (player.playing) return playFrom(seconds);
  player.rest(seconds);
  describe();
  return move();
}

// Seeing it

function move() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(show);
}

function show() {
  const { position } = player;
  const { recording, words } = talk;
  const rescales = wave.draw(recording, position);
  showTimes(position, recording.seconds);
  if (recording.length) showFigures({ seconds: recording.seconds });
  const word = words.list[words.at(position)];
  const waits = document.documentElement.dataset.state === "waiting";
  if (word && !waits && position < recording.seconds) reading.light(word);
  else reading.darken();
  if (rescales || player.playing || !recording.complete && talk !== NO_TALK) move();
}

function describe() {
  const word = talk.words.list[talk.words.at(player.position)];
  describePosition(player.position, talk.recording.seconds, word && talk.text.slice(word.begin, word.end));
}

// The rest

async function save() {
  complain("");
  const text = mode() === "ask" ? talk.text : find("text").value;
  if (!text.trim()) return complain(mode() === "ask" ? "Ask a question first." : "Type a text first.");
  find("download").disabled = true;
  tell("Making the file…");
  try {
    await download(text, how(), find("format").value, talk);
    tell("The file is ready.");
  } catch (error) {
    tell("");
    complain(error.message || UNREACHABLE);
  }
  find("download").disabled = false;
  return undefined;
}

function changeSpeed() {
  const speed = SPEEDS[find("speed").value];
  find("pace").textContent = `${speed}×`;
  find("speed").setAttribute("aria-valuetext", `${speed} times`);
}

async function loadVoices() {
  try {
    const response = await request("v1/audio/voices");
    voice.fill((await response.json()).voices);
  } catch (error) {
    complain(error.message);
  }
}

function press(event) {
  if (find("key-dialog").open) return;
  if (event.key === "Escape") hush();
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    speak();
  }
}

player.addEventListener("begin", began);
player.addEventListener("end", ended);
player.addEventListener("held", () => complain(HELD));
find("form").addEventListener("submit", (event) => { event.preventDefault(); speak(); });
find("form").elements.mode.forEach((choice) => choice.addEventListener("change", changeMode));
find("stop").addEventListener("click", hush);
find("edit").addEventListener("click", edit);
find("reading").addEventListener("click", clickWord);
find("wave").addEventListener("click", clickWave);
find("wave").addEventListener("keydown", pressWave);
find("wave").firstElementChild.addEventListener("stale", move);
find("speed").addEventListener("input", changeSpeed);
find("download").addEventListener("click", save);
document.addEventListener("keydown", press);

find("base").textContent = address("v1").href;
changeSpeed();
setMode(mode());
move();
loadVoices();
