"""How the server is run: where it listens, who may call, what is told of it, and how it ends."""
