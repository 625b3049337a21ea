/**
 * A voice for a web page: text goes to `llmvox serve` while it is written, its sound is played as it comes.
 *     const speech = speak("http://127.0.0.1:8000", context, { onWord: ([begin, end]) => … });
 *     for await (const delta of answer) speech.write(delta);
 *     speech.end();
 * context: an AudioContext, resumed in a click: before one, no browser lets a page sound.
 * onWord([begin, end]): a word begins to sound; where it stands in the text, as String.slice takes it.
 * onDone(reason, heard): no more will sound, for it is "finished" or "stopped"; the text was heard so far.
 * onError(message): no more will sound, for something went wrong.
 */
const RATE = 24000; // of the samples that the server sends
const LEAD = 0.05; // seconds from a piece's coming to its sound, where none sounds before it

export function speak(server, context, { key, voice = "default", onWord, onDone, onError }) {
  const socket = new WebSocket(
    `${server.replace(/^http/, "ws")}/v1/audio/speech/stream`,
    key ? ["llmvox", `llmvox-api-key.${key}`] : ["llmvox"], // a browser cannot send it in a header
  );
  const gain = new GainNode(context);
  const words = []; // those that do not sound yet
  let made = 0; // seconds of sound that have come
  let origin = Infinity; // when, by the context's clock, the sound began, had it no gaps
  let [sounds, heard] = [0, 0]; // the ends of the word that sounds, and of the one before it
  let done, over;
  const opened = new Promise((open) => (socket.onopen = open));
  const send = (message) => opened.then(() => socket.send(JSON.stringify(message)));
  const position = () => Math.max(0, Math.min(made, context.currentTime - (context.outputLatency || 0) - origin));

  function close(tell, ...facts) {
    if (over) return;
    over = true;
    socket.close();
    tell?.(...facts);
  }

  function heed(message) {
    if (message.type === "word") words.push(message);
    if (message.type === "audio.done") done = message;
    if (message.type === "error") close(onError, message.error.message);
  }

  /** Each piece begins where the one before it ends, or now, if that is over already: no gap, no overlap. */
  function play(data) {
    const samples = Float32Array.from(new Int16Array(data), (sample) => sample / 32768);
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: RATE });
    buffer.copyToChannel(samples, 0);
    if (!made || origin + made < context.currentTime) origin = context.currentTime + LEAD - made;
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(gain);
    source.start(origin + made);
    made += buffer.duration;
  }

  function look() {
    while (words.length && words[0].start <= position()) {
      const [begin, end] = words.shift().span_utf16;
      [heard, sounds] = [sounds, end];
      onWord?.([begin, end]);
    }
    if (done && position() >= made) close(onDone, "finished", done.heard.end_utf16);
    if (!over) requestAnimationFrame(look);
  }

  gain.connect(context.destination);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => (typeof data === "string" ? heed(JSON.parse(data)) : play(data));
  socket.onclose = () => close(onError, "the connection was lost, or the server takes none from this page");
  send({ type: "config", voice, response_format: "pcm" });
  look();

  return {
    write: (text) => send({ type: "text", text }),
    end: () => send({ type: "end" }),
    stop() { // silence, at once; without its socket the server makes no more
      gain.disconnect();
      close(onDone, "stopped", heard);
    },
  };
}
