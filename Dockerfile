# One image for web, worker, clock, beat, migrations and the mail catcher; docker-compose.yml says which is which.

FROM node:24-slim AS frontend
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
WORKDIR /app
COPY . .
RUN cd frontend && npm run build

FROM python:3.11-slim AS packages
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=commsplan.settings
RUN useradd --system --uid 10001 --user-group --home-dir /app --shell /usr/sbin/nologin commsplan \
    && install -d -o commsplan -g commsplan /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=frontend /app/static/dist static/dist
# Settings need addresses; nobody is called there while files are collected.
RUN pybabel compile -d locale -D django \
    && SECRET_KEY=none DATABASE_URL=postgres://none/none REDIS_URL=redis://none python -m django collectstatic --noinput \
    && python -m compileall -q .
USER commsplan
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", \
     "--blocking-threads", "4", "--log-level", "warning", "--respawn-failed-workers", "commsplan.wsgi:application"]
