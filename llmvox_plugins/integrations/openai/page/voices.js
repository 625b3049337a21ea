/** A list of voices that is searched by typing: a combobox as WAI-ARIA describes it. */

const OPENAI = "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split(" ");
const MINE = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);

export class VoiceChoice {
  value = "default";
  #input;
  #list;
  #voices = []; // { id, title, language, detail, group }
  #shown = []; // elements
  #active = -1;
  #wanted = "";

  constructor(input, list) {
    this.#input = input;
    this.#list = list;
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => this.#list.hidden && this.#open());
    input.addEventListener("input", () => this.#open(input.value));
    input.addEventListener("keydown", (event) => this.#press(event));
    input.addEventListener("blur", () => this.#close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps the focus
    list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=option]")?.dataset.id));
  }

  fill(voices) {
    this.#voices = voices.map(described);
    this.#input.placeholder = "";
    if (this.#list.hidden) this.#close();
    else this.#open(this.#wanted);
  }

  get language() {
    return this.#voices.find(({ id }) => id === this.value)?.language ?? "";
  }

  #press(event) {
    const { key } = event;
    const open = !this.#list.hidden;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (open) this.#move(this.#active + (key === "ArrowDown" ? 1 : -1));
      else this.#open();
    } else if (key === "Enter" && open && !event.ctrlKey) this.#choose(this.#shown[this.#active]?.dataset.id);
    else if (key === "Escape" && open) this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #open(wanted = "") {
    if (!wanted && this.#list.hidden) this.#input.select(); // what is typed now takes its place
    this.#wanted = wanted;
    const found = this.#voices.filter((voice) => matches(voice, wanted));
    this.#list.replaceChildren(...(found.length ? grouped(found, this.value) : [nothing(this.#voices.length ? `No voice is called “${wanted}”` : "The voices are coming…")]));
    this.#shown = [...this.#list.querySelectorAll("[data-id]")];
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
    this.#move(wanted ? 0 : this.#shown.findIndex(({ dataset }) => dataset.id === this.value));
  }

  #move(to) {
    this.#shown[this.#active]?.classList.remove("active");
    this.#active = Math.min(Math.max(to, 0), this.#shown.length - 1);
    const option = this.#shown[this.#active];
    option?.classList.add("active");
    option?.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  #choose(id) {
    if (id === undefined) return;
    this.value = id;
    this.#close();
    this.#input.dispatchEvent(new Event("change"));
  }

  #close() {
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
    this.#input.value = this.#voices.find(({ id }) => id === this.value)?.title ?? this.value;
  }
}

/** espeak's are known by their language, all others by their name. */
function described({ id, language, description }) {
  const espeak = id.startsWith("espeak");
  const mine = MINE.includes(language.split("-")[0]);
  const group = OPENAI.includes(id) ? "OpenAI’s names" : !espeak ? "This server" : mine ? "Your languages" : "All languages";
  const title = espeak ? description : id === "default" ? "Default" : id;
  return { id, title, language, group, detail: espeak ? id.replace("espeak:", "") : description };
}

function matches({ id, title, detail }, wanted) {
  const text = `${id} ${title} ${detail}`.toLowerCase();
  return wanted.toLowerCase().split(/\s+/u).every((word) => text.includes(word));
}

function grouped(voices, chosen) {
  return ["This server", "Your languages", "All languages", "OpenAI’s names"].flatMap((name, i) => {
    const members = voices.filter(({ group }) => group === name);
    return members.length ? [group(name, `voices-${i}`, members.map((voice) => option(voice, chosen)))] : [];
  });
}

function group(name, id, options) {
  const label = element("span", { id }, name);
  return element("div", { role: "group", "aria-labelledby": id }, label, ...options);
}

function option({ id, title, detail }, chosen) {
  const attributes = { role: "option", id: `voice-${id}`, "aria-selected": id === chosen, "data-id": id };
  return element("div", attributes, element("span", {}, title), element("small", {}, detail));
}

function nothing(why) {
  return element("div", { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, why);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
