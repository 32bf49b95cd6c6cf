"""Lineward: an OpenAI-compatible gateway that keeps the lineage of every answer.

Start reading at `pipeline.py`, the journey of one request; `interfaces.py` has every seam on one page.
`building.py` makes the objects that live as long as the process and hands them to each other; what is several of them
has a class in `parts.py`. `app.py` makes what HTTP asks of them, and serves it.
Packages are stacked in floors and import only downwards (checked by import-linter):

    5  cli  commands  app  building  parts  settings  registry
    4  api
    3  pipeline  ingest
    2  detectors  retrievers  loaders  embedders  providers  stores  exporters
    1  policy  lineage  streaming
    0  interfaces > domain
"""
