# Airflow with the DAG factory, and tap-wix and a loader in environments of their own. From the root of the repository:
#   docker build -f integrations/docker/airflow.Dockerfile -t wix-airflow .
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY . .
RUN uv build --quiet --wheel --out-dir /wheels . \
 && uv build --quiet --wheel --out-dir /wheels integrations/airflow

FROM apache/airflow:3.3.2
USER 0
RUN install -d -o 50000 -g 0 /opt/wix /opt/target-postgres
USER 50000:0
COPY --from=build /wheels /wheels
# hadolint ignore=DL3013 # our own packages have the version that was built
RUN pip install --no-cache-dir --find-links /wheels apache-airflow==3.3.2 "airflow-provider-wix[postgres,s3]" \
 && python -m venv /opt/wix \
 && /opt/wix/bin/pip install --no-cache-dir --find-links /wheels "tap-target-wix[postgres]" \
 && python -m venv /opt/target-postgres \
 && /opt/target-postgres/bin/pip install --no-cache-dir meltanolabs-target-postgres==0.8.1
# Last, so that `python` and `pip` remain those of Airflow.
ENV PATH=$PATH:/opt/wix/bin:/opt/target-postgres/bin
