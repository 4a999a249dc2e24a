#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the built page into the binary: embed.py DIST OUT.c OUT.bin

OUT.bin holds every file, plain and (where it pays) gzipped; OUT.c names them. Without a built page a
small one says how to build it. Same input, same bytes."""
import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.json': 'application/json',
    '.webmanifest': 'application/manifest+json',
    '.woff2': 'font/woff2',
    '.png': 'image/png',
    '.ico': 'image/x-icon',
    '.txt': 'text/plain; charset=utf-8',
}

MISSING = b'''<!doctype html>
<html lang="en"><meta charset="utf-8"><title>lsrd</title>
<h1>lsrd runs, its page is not built in</h1>
<p>The page needs Node 18 or later. In the source tree: <code>./run build</code>, then start lsrd again.</p>
<p>lsrd is running; its WebSocket is at <code>/ws</code> (see docs/protocol.md).</p>
</html>
'''


def read_page(dist):
    if not (dist / 'index.html').is_file():
        return {'/index.html': MISSING}
    files = sorted(p for p in dist.rglob('*') if p.is_file())
    return {'/' + p.relative_to(dist).as_posix(): p.read_bytes() for p in files}


def write_if_changed(path, data):
    if not path.exists() or path.read_bytes() != data:
        path.write_bytes(data)


def main():
    dist, out_c, out_bin = (pathlib.Path(a) for a in sys.argv[1:4])
    blob = bytearray()

    def place(data):
        offset = len(blob)
        blob.extend(data)
        return f'asset_blob + {offset}, {len(data)}'

    rows = []
    for path, data in read_page(dist).items():
        suffix = pathlib.PurePosixPath(path).suffix
        if suffix not in TYPES:
            sys.exit(f'embed.py: {path}: no content type is known for {suffix or "no suffix"}')
        packed = gzip.compress(data, 9, mtime=0)
        etag = hashlib.sha256(data).hexdigest()[:16]
        # Vite puts an eight-character hash behind the last dash or dot of a name in assets/.
        immutable = bool(re.match(r'/assets/.*[-.][\w-]{8}\.\w+$', path))
        rows.append(f'    {{ "{path}", "{TYPES[suffix]}", "\\"{etag}\\"", '
                    f'{"true" if immutable else "false"}, {place(data)}, '
                    f'{place(packed) if len(packed) < 0.9 * len(data) else "NULL, 0"} }},\n')
    name = str(out_bin.resolve()).replace('\\', '\\\\').replace('"', '\\"')
    text = f'''/* Made by tools/embed.py; content {hashlib.sha256(blob).hexdigest()}. */
#include "web/asset.h"

__asm__(".section .rodata\\n.balign 16\\n.global asset_blob\\n.hidden asset_blob\\nasset_blob:\\n"
        ".incbin \\"{name}\\"\\n.byte 0\\n.previous\\n");
extern const unsigned char asset_blob[];

const struct asset assets[] = {{
{''.join(rows)}    {{ 0 }}
}};
'''
    write_if_changed(out_bin, bytes(blob))
    write_if_changed(out_c, text.encode())


main()
