# docker build -t lineward .
# docker run -p 8080:8080 -v lineward:/var/lib/lineward/data lineward
#
# The image serves the embedded configuration; for your own, mount it and name it in LINEWARD_CONFIG. Relative paths
# in it are relative to /var/lib/lineward; mount your policies as /var/lib/lineward/policies.

ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS builder
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_DEPS=1 PIP_QUIET=2
COPY requirements.lock requirements-build.lock ./
RUN python -m venv --without-pip /opt/lineward
RUN pip --python /opt/lineward/bin/python install --only-binary :all: --require-hashes -r requirements.lock
RUN pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY config config
COPY policies policies
RUN pip wheel --no-build-isolation --wheel-dir wheels . \
    && pip --python /opt/lineward/bin/python install wheels/*.whl

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/lineward lineward \
    && install --directory --owner lineward /var/lib/lineward /var/lib/lineward/data
COPY --from=builder /opt/lineward /opt/lineward
WORKDIR /var/lib/lineward
ENV PATH=/opt/lineward/bin:$PATH PYTHONUNBUFFERED=1 LINEWARD_SERVER__HOST=0.0.0.0 LINEWARD_SERVER__PORT=8080
USER 10001
VOLUME /var/lib/lineward/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "import http.client, os, sys; \
connection = http.client.HTTPConnection('127.0.0.1', int(os.environ['LINEWARD_SERVER__PORT']), timeout=2); \
connection.request('GET', '/healthz'); sys.exit(connection.getresponse().status != 200)"]
CMD ["lineward", "serve"]
