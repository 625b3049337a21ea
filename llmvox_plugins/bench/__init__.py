"""How fast LLMVoX is on this machine, and how good: each figure beside a plain loop's of the same run.

setting       what is measured: one voice's weights at several precisions, and the plain loop
plan          how much of it, and how often
weights       those of an untrained model, and any voice's made endless
plain         the plain loop: eager float32, one sentence, chunks decoded alone
subject       ours: the voice at one precision
texts         what is said
clock         the best and the median of what was measured in turns

speed         codes a second of one stream
first_audio   from text to the first audio
streams       how many streams are held in real time
growth        what a step costs as its sentence grows
loading       a compact copy, in a fresh process (fresh)
precisions    how far each departs from float32
joints        what is heard where windows meet

figures       all of them, as one report: measure()
tables        the report for people
picture       its curves
"""
