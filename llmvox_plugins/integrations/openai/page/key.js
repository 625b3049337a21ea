/** The API key: asked for when the server wants one, and kept until the tab is closed. */

const NAME = "llmvox-api-key";
let asking = null;

export const storedKey = () => sessionStorage.getItem(NAME);

/** Whether there is another key now. refused: the one that was there is not right. Two who ask get one form. */
export function askForKey(refused) {
  asking ??= ask(refused).finally(() => { asking = null; });
  return asking;
}

function ask(refused) {
  const [dialog, form, input, note, cancel] = ["key-dialog", "key-form", "key", "key-note", "key-cancel"].map((id) => document.getElementById(id));
  if (refused) note.textContent = "The key was not accepted. Try another one.";
  input.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const done = (event) => {
      event.preventDefault();
      const key = event.type === "submit" ? input.value.trim() : "";
      if (key) sessionStorage.setItem(NAME, key);
      for (const [target, type] of doors) target.removeEventListener(type, done);
      dialog.close();
      resolve(key !== "");
    };
    const doors = [[form, "submit"], [cancel, "click"], [dialog, "cancel"]];
    for (const [target, type] of doors) target.addEventListener(type, done);
  });
}
