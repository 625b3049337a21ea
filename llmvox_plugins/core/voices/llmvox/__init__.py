"""LLMVoX as a voice: its engine steps the sentences of all streams as one batch.

voice       LLMVoXVoice: from checkpoints; codes, decode, encode
engine      who steps, and whose window is decoded, so that nobody runs dry
utterance   one stream: words → sentences → audio, in order
passage     one sentence of it, from words to audio and their spans
sentence    one sentence for the model: text in, codes out
generator   steps sentences as one batch, and stops those that do not end
guard       how to tell them
sampling    which code follows
window      codes → audio, without joints
pace        when a sentence may begin whose text comes slowly
costs       what a step and a window cost here
replica     the whole model on one device
devices     which device, and how exactly
"""

from .voice import LLMVoXVoice, VoiceOptions

__all__ = ["LLMVoXVoice", "VoiceOptions"]
