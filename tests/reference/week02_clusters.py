"""Golden clusters, by networkx's connected components.

Writes ../fixtures/week02/clusters.json: cases with `name`, `count`, `pairs` and `first_of`.

    pip install -r requirements.txt
    python week02_clusters.py
"""

import json
import random
from pathlib import Path

import networkx as nx

random.seed(20260303)

CASES = {
    "no pairs": (4, []),
    "one pair": (5, [(1, 3)]),
    "a pair written from the larger": (4, [(3, 1)]),
    "a chain from the front": (6, [(0, 1), (1, 2), (2, 3), (3, 4)]),
    "a chain from the back": (6, [(4, 5), (3, 4), (2, 3), (1, 2)]),
    "two chains joined at last": (7, [(0, 2), (2, 4), (1, 3), (3, 5), (4, 5)]),
    "one with two parents": (5, [(0, 3), (1, 3), (2, 3)]),
    "two clusters": (8, [(6, 7), (1, 2), (2, 5), (7, 3)]),
    "a ring": (6, [(1, 2), (2, 3), (3, 4), (4, 5), (5, 1)]),
    "a pair twice": (4, [(2, 0), (2, 0), (0, 2)]),
}


def first_of(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(pairs)
    first = {}
    for component in nx.connected_components(graph):
        first.update(dict.fromkeys(component, min(component)))
    return [first[document] for document in range(count)]


def main() -> None:
    cases = dict(CASES)
    for count, links in [(12, 7), (30, 22)]:
        pairs = [tuple(random.sample(range(count), 2)) for _ in range(links)]
        cases[f"{links} links among {count}"] = (count, pairs)
    golden = {
        "made_by": f"{Path(__file__).name}, networkx {nx.__version__}",
        "clusters": [
            {"name": name, "count": count, "pairs": pairs, "first_of": first_of(count, pairs)}
            for name, (count, pairs) in cases.items()
        ],
    }
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "clusters.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(golden) + "\n", encoding="utf-8", newline="\n")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
