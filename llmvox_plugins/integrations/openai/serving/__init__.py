"""serve(): the app under uvicorn."""
