"""Lineward: an OpenAI-compatible gateway that keeps the lineage of every answer.

Start reading at `pipeline.py`, the journey of one request; `interfaces.py` has every seam on one page.
Packages are stacked in floors and import only downwards (checked by import-linter):

    5  cli  commands  app  settings  registry
    4  api
    3  pipeline  ingest
    2  detectors  retrievers  loaders  embedders  providers  stores
    1  policy  lineage  streaming
    0  interfaces > domain
"""
