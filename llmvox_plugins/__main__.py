"""`python -m llmvox_plugins` is `llmvox`."""

from .cli import main

if __name__ == "__main__":
    main()
