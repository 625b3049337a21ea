/** The LLM behind the server: a question, and its answer's deltas as they are written. */

import { Trouble, request, troubleFrom } from "./api.js";

/** A promise of the deltas, strings, which come as long as `signal` is not aborted. */
export async function answer(question, signal) {
  const messages = [{ role: "user", content: question }];
  const response = await request("v1/chat/completions", { model: "llmvox", stream: true, messages }, signal);
  return deltas(response.body);
}

async function* deltas(body) {
  for await (const data of events(body)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.error) throw troubleFrom(chunk.error);
    const delta = chunk.choices?.[0]?.delta?.content;
    if (delta) yield delta;
  }
  throw new Trouble("The answer broke off.");
}

/** The data of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n|\r/u);
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data:")) yield line.slice(5).trim();
  }
}
