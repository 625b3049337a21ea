# The speech server on a CPU, with espeak-ng's voices, and LLMVoX's once it is downloaded.
#
#   docker build -t llmvox .
#   docker run -p 127.0.0.1:8000:8000 -v voices:/voices -e LLMVOX_SERVER_API_KEYS=a-key-of-yours llmvox

FROM python:3.12-slim AS build
RUN python -m venv /opt/llmvox
ENV PATH=/opt/llmvox/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY constraints.txt ./
# From PyTorch's own index: PyPI's build is for CUDA, and gigabytes larger. What it needs comes below.
RUN pip install --no-deps --constraint constraints.txt --index-url https://download.pytorch.org/whl/cpu torch
COPY pyproject.toml README.md LICENSE ./
COPY llmvox_plugins llmvox_plugins
RUN pip install --constraint constraints.txt ".[espeak,server]"

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 llmvox && install --directory --owner llmvox --group llmvox /voices
COPY --from=build /opt/llmvox /opt/llmvox
# Listening for everybody needs API keys: without LLMVOX_SERVER_API_KEYS the server says so, and ends.
ENV PATH=/opt/llmvox/bin:$PATH \
    LLMVOX_CACHE=/voices/llmvox \
    HF_HOME=/voices/huggingface \
    LLMVOX_SERVER_HOST=0.0.0.0 \
    LLMVOX_SERVER_PORT=8000 \
    LLMVOX_SERVER_LOG_FORMAT=json
USER llmvox
WORKDIR /home/llmvox
VOLUME /voices
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os; s = h.HTTPConnection('127.0.0.1', int(os.environ['LLMVOX_SERVER_PORT']), timeout=4); s.request('GET', '/health'); raise SystemExit(s.getresponse().status != 200)"]
ENTRYPOINT ["llmvox", "serve"]
