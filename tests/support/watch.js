// What sounds and what is lit: `seen`, for support/browser.py.
(() => {
  const seen = window.seen = { pieces: [], lit: [], longest: 0, context: null, ear: null };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      seen.context = this.context;
      seen.ear ??= new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, seen.ear);
    }
    return connect.call(this, to, ...rest);
  };
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when) {
    seen.pieces.push([when, this.buffer.length, this.buffer.sampleRate]);
    return start.call(this, when);
  };
  seen.loudness = () => {
    const samples = new Float32Array(2048);
    seen.ear?.getFloatTimeDomainData(samples);
    return Math.max(...samples.map(Math.abs));
  };
  let last = performance.now();
  const look = (now) => {
    seen.longest = Math.max(seen.longest, now - last);
    last = now;
    const [range] = CSS.highlights.get("heard") ?? [];
    const end = range ? range.toString().length : 0;
    const time = seen.context ? seen.context.currentTime - seen.context.outputLatency : 0;
    if (end !== (seen.lit.at(-1)?.[0] ?? 0)) seen.lit.push([end, time]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()
