# The image of every Plumb process: api, worker, relay and migrate differ by their command only.

FROM debian:12-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/plumb
ENV UV_PYTHON=/usr/bin/python3 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
# The dependencies change seldom: they get a layer of their own.
COPY pyproject.toml uv.lock README.md ./
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-install-project
COPY platform platform
COPY tenants tenants
COPY schema schema
COPY workers workers
COPY frontend_templates frontend_templates
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-editable

FROM debian:12-slim
# Letters need pango, font subsetting and a font with Chinese characters; setpriv (util-linux) is there already.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 fontconfig fonts-noto-cjk \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 plumb \
    && useradd --uid 10001 --gid plumb --home-dir /var/lib/plumb --create-home --shell /usr/sbin/nologin plumb
COPY --from=build /opt/plumb/.venv /opt/plumb/.venv
ENV PATH=/opt/plumb/.venv/bin:$PATH PLUMB_HOME=/var/lib/plumb PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/plumb
VOLUME /var/lib/plumb
EXPOSE 8000
ENTRYPOINT []
CMD ["plumb", "api", "--host", "0.0.0.0", "--port", "8000"]
