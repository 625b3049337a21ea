"""Files of weights: found, downloaded, verified, and loaded strictly. Nothing in them is ever run.

tensors        one file, safely
fit            which tensors are missing, extra or misshapen
weights        all that LLMVoX needs, as one checked value
released       the layout in which LLMVoX and WavTokenizer were released
text_encoder   the T5 model's embedding
card           what is known of a voice beside its tensors
compact        our own copy of a voice: small, and quick to load
folder         any directory of checkpoints
shelf          where the compact copies of the official checkpoints stand
hub            the official checkpoints, from Hugging Face

`shelf` and `card` load no torch; `hub` loads it only to convert.
"""
