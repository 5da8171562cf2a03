# syntax=docker/dockerfile:1

FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# The build backend comes from a hashed lock file too, so this stage installs the development one. It is thrown away.
FROM base AS wheel
WORKDIR /src
COPY requirements-dev.lock ./
RUN python -m pip install --require-hashes -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY reconciler reconciler
RUN python -m hatchling build -t wheel -d /dist

FROM base AS venv
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/reconciler \
    && /opt/reconciler/bin/python -m pip install --require-hashes -r requirements.lock
COPY --from=wheel /dist/*.whl /tmp/
RUN /opt/reconciler/bin/python -m pip install --no-deps --no-index /tmp/*.whl \
    && /opt/reconciler/bin/python -m compileall -q /opt/reconciler/lib

FROM base
# git and ssh read the source, ssh and gpg check who has signed it. Versions are the distribution's, which renews
# them for security.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git gpg openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/reconciler --create-home reconciler
COPY --from=venv /opt/reconciler /opt/reconciler
ENV PATH=/opt/reconciler/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RECONCILER_HTTP_LISTEN=0.0.0.0:9464 \
    RECONCILER_SOURCE_CACHE=/var/lib/reconciler/cache
USER 10001:10001
# The one directory that is written to: the rest of the file system may be read-only.
VOLUME /var/lib/reconciler
WORKDIR /etc/reconciler
EXPOSE 9464
# Whether the process lives, not whether AWS does: an operator that is restarted in an outage helps nobody.
HEALTHCHECK --interval=30s --timeout=3s --start-period=15s CMD ["python", "-m", "reconciler.healthcheck"]
ENTRYPOINT ["reconciler"]
CMD ["run"]
