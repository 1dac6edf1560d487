# One image for every part: `worker …` and `web` are commands of the same program.
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 celeriac \
    && install --directory --owner=celeriac --mode=0700 /data

WORKDIR /source
COPY LICENSE README.md constraints.txt pyproject.toml ./
COPY celeriac celeriac
COPY engine engine
COPY static static
COPY templates templates
COPY web web
RUN pip install --no-cache-dir --constraint constraints.txt '.[web,examples]' && rm -rf /source/*

USER celeriac
WORKDIR /home/celeriac
ENV CELERIAC_DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
ENTRYPOINT ["python", "-m", "celeriac"]
CMD ["--help"]
