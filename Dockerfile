# One image for web, worker, beat and the migration job; `.docker/start` chooses.
FROM python:3.13-slim AS packages
COPY requirements.lock /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.lock

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    DJANGO_ENV=production \
    DJANGO_SETTINGS_MODULE=pointsys.settings.base \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin pointsys
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# The production settings do not load without keys; these live for this one command only.
RUN key() { head -c 32 /dev/urandom | base64 -w0; } \
    && SECRET_KEY="$(key)$(key)" ALLOWED_HOSTS=build SITE_ORIGIN=https://build \
       DATABASE_URL=postgres://build/build REDIS_URL=redis://build \
       FIELD_ENCRYPTION_KEYS="$(key)" TILL_SIGNING_KEYS="1:$(key)" RECEIPT_NUMBER_KEY="$(key)" \
       CARD_PEPPERS="1:$(key)" \
       python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q pointsys stores ledger settlement vouchers cards callcenter consultations
USER pointsys
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", ".docker/healthcheck.py"]
ENTRYPOINT ["sh", ".docker/start"]
CMD ["web"]
