# The toolkit as an image:
#   docker build -t alphanest .
#   docker run --rm -e DATABASE_URL=postgresql://user:password@host:5432/database alphanest db check
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
RUN python -m venv /opt/alphanest
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY alphanest_db alphanest_db
COPY migrations migrations
RUN /opt/alphanest/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt .

FROM python:${PYTHON}-slim
# A number in USER, because Kubernetes' runAsNonRoot cannot judge a name.
RUN groupadd --gid 10001 alphanest \
    && useradd --uid 10001 --gid alphanest --home-dir /var/lib/alphanest --no-create-home --shell /usr/sbin/nologin alphanest \
    && install --directory --mode 700 --owner alphanest --group alphanest /var/lib/alphanest
COPY --from=build /opt/alphanest /opt/alphanest
# An embedded server would be gone with its container: say that no database is named instead.
ENV PATH=/opt/alphanest/bin:$PATH ALPHANEST_HOME=/var/lib/alphanest ALPHANEST_EMBEDDED=0
USER 10001:10001
WORKDIR /var/lib/alphanest
ENTRYPOINT ["alphanest"]
