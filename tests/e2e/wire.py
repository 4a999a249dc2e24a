#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real daemon at the wire: wire.py LSRD SCENARIO EXAMPLE. What it sends agrees with itself."""
import asyncio
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import websockets

LSRD, SCENARIO, EXAMPLE = (os.path.abspath(a) for a in sys.argv[1:4])
WAIT_S = 30
RAW, ENV, SWEEP = 1, 2, 3


class Wire(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.lsrd = await asyncio.create_subprocess_exec(
            LSRD, 'run', '--set', 'device.source=patient', '--set', f'device.scenario={SCENARIO}',
            '--set', 'device.autostart=yes', '--set', 'stimulus.trigger=STIM',
            '--set', 'branch.zygomatic.direct=OOC', '--set', 'branch.zygomatic.lateral=MENT,OOR',
            '--set', 'web.port=0', cwd=self.directory.name, stderr=subprocess.PIPE)
        self.port = None
        while self.port is None:
            line = (await asyncio.wait_for(self.lsrd.stderr.readline(), WAIT_S)).decode()
            self.assertTrue(line, 'lsrd ended')
            found = re.search(r' web: .*\bport=(\d+)', line)
            self.port = int(found.group(1)) if found else None
        self.draining = asyncio.create_task(self.lsrd.stderr.read())  # so that it never blocks
        self.addAsyncCleanup(self.stop)

    async def stop(self):
        self.lsrd.terminate()
        self.assertEqual(await asyncio.wait_for(self.lsrd.wait(), WAIT_S), 0)
        await self.draining

    async def open(self, **sub):
        ws = await websockets.connect(f'ws://127.0.0.1:{self.port}/ws', subprotocols=['lsrd.v1'],
                                      max_size=None, ping_interval=None)
        await ws.send(json.dumps({'t': 'hi', 'name': 'wire', 'client': 'wire-test'}))
        await ws.send(json.dumps({'t': 'sub', **sub}))
        self.ack = asyncio.create_task(self.acknowledge(ws))
        self.seq = None
        return ws

    async def acknowledge(self, ws):
        while True:
            await ws.send(json.dumps({'t': 'ack', 'seq': self.seq, 'visible': True, 'audio': 'off'}))
            await asyncio.sleep(0.25)

    async def receive(self, ws):
        return await asyncio.wait_for(ws.recv(), WAIT_S)

    async def text(self, ws, t, **fields):
        while True:
            data = await self.receive(ws)
            if isinstance(data, str):
                message = json.loads(data)
                if message['t'] == t and all(message.get(k) == v for k, v in fields.items()):
                    return message

    async def close(self, ws):
        self.ack.cancel()
        await ws.close()

    async def test_every_gap_is_told_and_envelopes_contain_the_raw_samples_exactly(self):
        ws = await self.open(wave={'level': 5}, live=True)
        raw, blocks, end, raw_frames = {}, {}, None, 0
        while raw_frames < 200 or not blocks:
            data = await self.receive(ws)
            if isinstance(data, str):
                continue
            kind, flags, header, seq, first, channels, count, level = struct.unpack_from('<BBHIQHHB', data)
            values = struct.unpack_from(f'<{(len(data) - header) // 2}h', data, header)
            if kind == RAW:
                raw_frames += 1
                if end is not None:
                    # On a busy machine this test is the slow display; then it is told.
                    self.assertGreaterEqual(first, end)
                    self.assertEqual(bool(flags & 1), first != end)
                end = first + count
                for i in range(count):
                    raw[first + i] = [values[c * count + i] for c in range(channels)]
            elif kind == ENV:
                self.seq = seq
                self.assertEqual((level, first % 32), (5, 0))
                for i in range(count):
                    blocks[first + 32 * i] = [values[2 * (c * count + i):2 * (c * count + i) + 2]
                                              for c in range(channels)]
        compared = 0
        for first, pairs in blocks.items():
            if not all(first + i in raw for i in range(32)):
                continue
            for c, (low, high) in enumerate(pairs):
                column = [raw[first + i][c] for i in range(32)]
                # Envelopes are rounded outward, raw samples to the nearest step.
                self.assertIn(min(column) - low, (0, 1))
                self.assertIn(high - max(column), (0, 1))
                compared += 1
        self.assertGreater(compared, 100)
        await self.close(ws)

    async def test_marks_and_cases_by_command(self):
        ws = await self.open(sweeps=True)
        hello = await self.text(ws, 'hello')
        self.assertIn('OOC', [c['label'] for c in hello['channels']])
        await ws.send(json.dumps({'t': 'cmd', 'id': 1, 'op': 'mark', 'text': 'note=too early'}))
        self.assertFalse((await self.text(ws, 'reply', id=1))['ok'])
        await ws.send(json.dumps({'t': 'cmd', 'id': 2, 'op': 'control_take'}))
        await self.text(ws, 'control', yours=True)
        await ws.send(json.dumps({'t': 'cmd', 'id': 3, 'op': 'mark', 'text': 'note=from the wire'}))
        while True:
            finding = (await self.text(ws, 'finding'))['f']
            if finding['type'] == 'mark' and finding['text'] == 'note=from the wire':
                break
        self.assertEqual(finding['by'], 'wire')
        await ws.send(json.dumps({'t': 'cmd', 'id': 4, 'op': 'case_end'}))
        ended = await self.text(ws, 'hello')
        self.assertNotEqual(ended['source_tag'], hello['source_tag'])
        self.assertFalse(ended['case']['open'])
        await self.close(ws)

    async def test_the_example_prints_findings(self):
        watch = await asyncio.create_subprocess_exec(
            sys.executable, '-u', EXAMPLE, f'ws://127.0.0.1:{self.port}/ws', stdout=subprocess.PIPE)
        seen = ''
        while '"type": "sweep"' not in seen or 'sweep: channel' not in seen:
            line = (await asyncio.wait_for(watch.stdout.readline(), WAIT_S)).decode()
            self.assertTrue(line, seen)
            seen += line
        self.assertIn('hello: live from patient', seen)
        watch.kill()
        await watch.wait()


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
