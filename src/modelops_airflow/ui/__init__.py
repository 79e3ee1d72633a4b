"""The pages and their JSON API, inside Airflow's own UI.

app.py      the FastAPI sub-app that Airflow's API server mounts under /modelops
guard.py    what every request must satisfy, and the headers of every answer
viewer.py   who is asking, and which models they may see
reads/      questions to the register, each a fixed number of queries
api/        routes, one noun a file; writes go through `governance/` only
static/     the pages: plain ES modules on the React and Chakra that Airflow has loaded
"""
