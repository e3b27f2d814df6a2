# SPDX-License-Identifier: MIT
"""Draws what the learned router makes of a pool of models: cost against right answers, as an SVG
that a browser shows without anything else."""

WIDTH, HEIGHT, LEFT, TOP, GAP = 380, 270, 56, 46, 60
BLUE, GREY, GREEN, INK = "#2f6fde", "#8a8f98", "#2e9e5b", "#4a4f57"


def best_mixes(points):
    """What a coin between two of the models reaches at most: from the cheapest up, each step less
    steep than the one before."""
    hull = []
    for x, y in sorted(points):
        if hull and y <= hull[-1][1]:
            continue
        while len(hull) > 1 and ((hull[-1][1] - hull[-2][1]) * (x - hull[-2][0])
                                 <= (y - hull[-2][1]) * (hull[-1][0] - hull[-2][0])):
            hull.pop()
        hull.append((x, y))
    return hull


def panel(pool, left):
    """One pool: the router's curve, the oracle's that knows what each model answers, the best mixes
    by chance, and each model alone."""
    router = pool.curve(pool.expected)
    oracle = pool.curve([row["s"] for row in pool.rows])
    models = [(pool.cost[m] / pool.cost[pool.best], pool.right[m]) for m in pool.everyone]
    chance = best_mixes([point for point in models if point[0] <= 1])
    most = max(right for _, right in oracle)
    least = min(right for _, right in chance) - 0.02
    widest = 1.1

    def at(point):
        return (left + min(point[0], widest) / widest * WIDTH,
                TOP + HEIGHT - (point[1] - least) / (most + 0.02 - least) * HEIGHT)

    def line(points, colour, dash=""):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, points))
        return (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
                f'{dash and f" stroke-dasharray={chr(34)}{dash}{chr(34)}"}/>')

    out = [f'<text x="{left}" y="{TOP - 14}" class="title">{pool.name}: {len(pool.rows)} prompts, '
           f'{len(pool.models)} models</text>',
           f'<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" '
           f'stroke="{GREY}" stroke-opacity="0.5"/>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, _ = at((share, least))
        out.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{share:.0%}</text>')
    for right in (x / 10 for x in range(11)):
        if least <= right <= most + 0.02:
            _, y = at((0, right))
            out.append(f'<line x1="{left}" x2="{left + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
                       f'stroke="{GREY}" stroke-opacity="0.25"/><text x="{left - 6}" y="{y + 4:.1f}" '
                       f'text-anchor="end">{right:.0%}</text>')
    out.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 34}" text-anchor="middle">cost, of '
               f'the best model\'s ({pool.models[pool.best]["name"]})</text>')
    out += [line(oracle, GREEN, "2 3"), line(chance, GREY, "6 4"), line(router, BLUE)]
    for point in models:
        x, y = at(point)
        if point[0] <= widest and point[1] >= least:
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{INK}"/>')
    return "\n".join(out)


def drawn(pools):
    width = LEFT + len(pools) * (WIDTH + GAP)
    legend = TOP + HEIGHT + 60
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {legend + 14}" '
             'font-family="sans-serif" font-size="12">',
             f"<style>text{{fill:{INK}}}.title{{font-weight:bold}}</style>",
             f'<rect width="{width}" height="{legend + 14}" fill="#ffffff"/>']
    parts += [panel(pool, LEFT + i * (WIDTH + GAP)) for i, pool in enumerate(pools)]
    x = LEFT
    for colour, dash, text in ((BLUE, "", "learned router"),
                               (GREY, "6 4", "best mix by chance"),
                               (GREEN, "2 3", "oracle: knows who is right")):
        style = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<line x1="{x}" x2="{x + 30}" y1="{legend - 4}" y2="{legend - 4}" '
                     f'stroke="{colour}" stroke-width="2"{style}/>'
                     f'<text x="{x + 36}" y="{legend}">{text}</text>')
        x += 190
    parts.append(f'<circle cx="{x + 6}" cy="{legend - 4}" r="3" fill="{INK}"/>'
                 f'<text x="{x + 16}" y="{legend}">one model alone</text></svg>\n')
    return "\n".join(parts)
