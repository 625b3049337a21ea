"""What every request passes, and what is told of it: who may call, how much, and how it went."""
