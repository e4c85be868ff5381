"""The launcher of `make run` and `make test`: embedded servers for one machine, never production.

It knows nothing of Django: it finds or starts Postgres and the broker, then starts programs whose
environment names them.
"""
