"""Lineward: an OpenAI-compatible gateway that keeps the lineage of every answer.

Start reading at `pipeline.py`, the journey of one request; `interfaces.py` has every seam on one page.
`building.py` alone makes objects and hands them to each other; `app.py` serves what it made.
Packages are stacked in floors and import only downwards (checked by import-linter):

    5  cli  commands  app  building  parts  settings  registry
    4  api
    3  pipeline  ingest
    2  detectors  retrievers  loaders  embedders  providers  stores  exporters
    1  policy  lineage  streaming
    0  interfaces > domain
"""
