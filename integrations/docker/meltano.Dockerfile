# Meltano with tap-wix and a loader for PostgreSQL, installed at build time. compose.yaml builds and runs it.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY . .
RUN uv build --quiet --wheel --out-dir /wheels .

FROM python:3.13-slim
RUN pip install --no-cache-dir "meltano[postgres]==4.4.1" uv==0.13.9
COPY --from=build /wheels /wheels
# User 10001 has no home of its own, and Meltano writes its logs there.
ENV HOME=/project \
    MELTANO_CLI_DISABLE_VERSION_CHECK=true \
    UV_FIND_LINKS=/wheels
WORKDIR /project
COPY integrations/docker/meltano integrations/meltano ./
RUN meltano install && chown -R 10001:10001 /project
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["meltano"]
CMD ["run", "tap-wix", "target-postgres"]
