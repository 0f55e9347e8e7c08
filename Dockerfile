# The hub's processes, from the pinned and hashed constraints, run by a user who owns nothing but the hub's home.

FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/mash
COPY constraints.txt ./
RUN /opt/mash/bin/pip install --no-cache-dir --no-deps --require-hashes -r constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY hub hub
COPY producers producers
COPY consumers consumers
COPY policies policies
RUN /opt/mash/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && /opt/mash/bin/pip check

FROM python:3.13-slim
COPY --from=build /opt/mash /opt/mash
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/mash mash \
    && install -d -o mash -g mash -m 0700 /var/lib/mash
ENV PATH=/opt/mash/bin:$PATH MASH_HOME=/var/lib/mash PYTHONUNBUFFERED=1
USER mash
WORKDIR /var/lib/mash
CMD ["mash", "--help"]
