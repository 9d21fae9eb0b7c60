# The twin in a container. The same steps run without Docker in .ci/image-steps.
FROM python:3.11-slim-bookworm AS build
COPY . /src
# The package, and what the JobMatch example imports.
RUN pip install --no-cache-dir --upgrade pip \
 && pip install --no-cache-dir --prefix=/install /src --group /src/pyproject.toml:jobmatch

# The runtime of Workers, for whichever machine this is built on.
FROM node:22-bookworm-slim AS runtime
RUN npm install --prefix /runtime --no-audit --no-fund workerd@1 \
 && cp /runtime/node_modules/@cloudflare/workerd-linux-*/bin/workerd /workerd

FROM python:3.11-slim-bookworm AS twin
COPY --from=build /install /usr/local
COPY --from=runtime /workerd /usr/local/bin/workerd
RUN useradd --create-home twin && mkdir /data && chown twin /data
USER twin
WORKDIR /project
ENV CFTWIN_HOST=0.0.0.0 CFTWIN_STATE=/data PYTHONUNBUFFERED=1
EXPOSE 8787 8788 8789
HEALTHCHECK --interval=2s --timeout=2s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8788/_twin/health')"]
ENTRYPOINT ["cftwin"]
CMD ["up"]

# The end-to-end suites with a Chromium: `docker compose run e2e`.
FROM python:3.11-slim-bookworm AS e2e
RUN apt-get update && apt-get install -y --no-install-recommends chromium \
 && rm -rf /var/lib/apt/lists/*
COPY . /src
WORKDIR /src
RUN pip install --no-cache-dir --upgrade pip \
 && pip install --no-cache-dir . --group e2e
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["python", "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "e2e"]

# What `docker build .` makes.
FROM twin
