# Two commands for a newcomer, each from nothing but Python: `make demo` and `make test`.

PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test bench clean

demo: .venv-demo/ready
	.venv-demo/bin/python examples/langchain_chain.py

test: .venv-test/ready
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .
	.venv-test/bin/mypy
	.venv-test/bin/python -m pytest -n 2

bench: .venv-test/ready
	.venv-test/bin/python -m pip install --quiet stream2sentence==1.1.0
	.venv-test/bin/python benchmarks/first_audio.py

clean:
	rm -rf .venv-demo .venv-test

.venv-demo/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python $(PIP) --editable ".[espeak,langchain,speaker]" langchain-openai
	touch $@

.venv-test/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/python $(PIP) --editable ".[dev]"
	touch $@
