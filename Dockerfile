# PingParrot's image: see docs/image.md. tests/image carries these very steps out, without an engine.
#
# Both images by argument, so that a mirror or a digest takes their place: a digest written here would keep
# security fixes out until somebody moves it. They must hold the same Python, at the same path.
ARG BUILD_IMAGE=python:3.13-trixie
ARG RUNTIME_IMAGE=python:3.13-slim-trixie

FROM ${BUILD_IMAGE} AS build
WORKDIR /opt/src

# What PingParrot stands on, as wheels with the locked hashes: nothing is compiled. It has an environment of its
# own, in which nothing else can be called `router`, `rules` or `adapters`.
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/pingparrot
# `requirements-otel.lock` is the same with what traces need, `requirements-oidc.lock` with what OpenID needs.
ARG REQUIREMENTS=requirements.lock
COPY requirements.lock requirements-otel.lock requirements-oidc.lock requirements-build.lock ./
RUN /opt/build/bin/pip install --quiet --no-compile --only-binary :all: \
        --require-hashes --requirement requirements-build.lock \
    && /opt/build/bin/pip --python /opt/pingparrot/bin/python3 install --quiet --no-compile --only-binary :all: \
        --require-hashes --requirement "$REQUIREMENTS"

# PingParrot itself, as a wheel, built without asking an index for anything.
COPY pyproject.toml README.md LICENSE ./
COPY adapters adapters
COPY rules rules
COPY router router
RUN /opt/build/bin/pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir /opt/wheel . \
    && /opt/build/bin/pip --python /opt/pingparrot/bin/python3 install --quiet --no-compile --no-index --no-deps \
        /opt/wheel/*.whl \
    && /opt/build/bin/pip --python /opt/pingparrot/bin/python3 check

# 31 MB that a server never reads: debugging symbols, translations of Apprise's command line, test suites of others,
# and of dulwich everything but what reads a repository.
RUN cd /opt/pingparrot/lib/python3*/site-packages \
    && rm -r apprise/i18n alembic/testing mako/testing sqlalchemy/testing \
        dulwich/aiohttp dulwich/cloud dulwich/porcelain dulwich/tests dulwich/__main__.py dulwich/cli.py \
        dulwich/client.py dulwich/server.py dulwich/web.py ../../../bin/dulwich \
    && grep -rlZ --include='*.so' -F .debug_info . | xargs -0 strip --strip-debug

# Nobody can write byte-code later: the root is read-only. Its sources cannot change either, so none is checked.
RUN python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/pingparrot/lib \
    && mkdir /opt/state

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="PingParrot" \
      org.opencontainers.image.description="A self-hosted pager, native to Prometheus Alertmanager" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"

# Python's images come without byte-code of the standard library: each start would compile it anew.
RUN ["python3", "-m", "compileall", "-q", "-x", "/(site-packages|ensurepip|idlelib|lib2to3|test|tkinter)/", \
     "--invalidation-mode", "unchecked-hash", "/usr/local/lib"]
COPY --from=build /opt/pingparrot /opt/pingparrot
COPY --from=build --chown=65532:65532 /opt/state /var/lib/pingparrot

ENV PATH=/opt/pingparrot/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/var/lib/pingparrot \
    PINGPARROT_HOST=0.0.0.0
WORKDIR /var/lib/pingparrot
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["pingparrot"]
CMD ["serve"]
