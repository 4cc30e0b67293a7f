# tap-wix, target-wix and the other commands. Build it from the root of the repository:
#   docker build -f integrations/docker/plugins.Dockerfile -t tap-target-wix .
#   docker run --rm --read-only --tmpfs /tmp -v wix-state:/state -e TAP_WIX_API_KEY -e TAP_WIX_SITE_ID tap-target-wix \
#     tap-wix --config ENV
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY . .
# The versions of the lock, without those that only tests need.
RUN python -m venv --without-pip /opt/wix \
 && uv pip install --no-cache --compile-bytecode --python /opt/wix/bin/python \
    --constraint requirements.lock ".[events,postgres,files]"

FROM python:3.13-slim
COPY --from=build /opt/wix /opt/wix
ENV PATH=/opt/wix/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_STATE_HOME=/state
# Locks of sites and the notes of runs: mount a volume here, so that a killed run is finished by the next one.
RUN install -d -m 0700 -o 10001 -g 10001 /state
WORKDIR /state
USER 10001:10001
STOPSIGNAL SIGTERM
CMD ["tap-wix", "--help"]
