# wix-sandbox: a local Wix. Build it from the root of the repository:
#   docker build -f integrations/docker/sandbox.Dockerfile -t wix-sandbox .
#   docker run --rm --read-only -p 127.0.0.1:8080:8080 -e WIX_SANDBOX_CONTROL_TOKEN=… wix-sandbox
# It listens on all addresses of the container, so it starts only with a control token of at least 16 characters.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY . .
RUN python -m venv --without-pip /opt/wix \
 && uv pip install --no-cache --compile-bytecode --python /opt/wix/bin/python \
    --constraint requirements.lock ./sandbox

FROM python:3.13-slim
COPY --from=build /opt/wix /opt/wix
ENV PATH=/opt/wix/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8080/_sandbox/health', timeout=2)"]
ENTRYPOINT ["wix-sandbox", "--host", "0.0.0.0", "--port", "8080", "--allow-host", "sandbox"]
