#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the page asks of a replayed case: other thresholds, answered by the daemon's own detectors.
what_if_wire.py LSRD"""
import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import websockets

LSRD = os.path.abspath(sys.argv[1])
SCENARIO = 'course-04-irritation'
WAIT_S = 60


class WhatIf(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.case = os.path.join(self.directory.name, 'case')
        subprocess.run([LSRD, 'simulate', SCENARIO, '-o', self.case], check=True)
        self.before = self.files()
        self.lsrd = await asyncio.create_subprocess_exec(
            LSRD, 'replay', self.case, '--set', 'web.port=0', cwd=self.directory.name,
            env={**os.environ, 'CACHE_DIRECTORY': self.directory.name}, stderr=subprocess.PIPE)
        port = None
        while port is None:
            line = (await asyncio.wait_for(self.lsrd.stderr.readline(), WAIT_S)).decode()
            self.assertTrue(line, 'lsrd ended')
            found = re.search(r' web: .*\bport=(\d+)', line)
            port = int(found.group(1)) if found else None
        self.draining = asyncio.create_task(self.lsrd.stderr.read())  # so that it never blocks
        self.ws = await websockets.connect(f'ws://127.0.0.1:{port}/ws', subprotocols=['lsrd.v1'],
                                           max_size=None, ping_interval=None)
        await self.ws.send(json.dumps({'t': 'hi', 'name': 'what-if', 'client': 'what-if-test'}))
        self.id = 0
        self.alive = asyncio.create_task(self.acknowledge())
        self.addAsyncCleanup(self.stop)

    def files(self):
        return {path.name: path.read_bytes() for path in pathlib.Path(self.case).iterdir()}

    async def acknowledge(self):
        while True:
            await self.ws.send(json.dumps({'t': 'ack', 'seq': None, 'visible': True, 'audio': 'off'}))
            await asyncio.sleep(0.25)

    async def stop(self):
        self.alive.cancel()
        await self.ws.close()
        self.lsrd.terminate()
        self.assertEqual(await asyncio.wait_for(self.lsrd.wait(), WAIT_S), 0)
        await self.draining

    async def ask_once(self, sets):
        self.id += 1
        await self.ws.send(json.dumps({'t': 'cmd', 'id': self.id, 'op': 'what_if', 'sets': sets}))
        while True:
            message = await asyncio.wait_for(self.ws.recv(), WAIT_S)
            if isinstance(message, str):
                reply = json.loads(message)
                if reply['t'] == 'reply' and reply['id'] == self.id:
                    return reply

    async def ask(self, *sets):
        while True:
            reply = await self.ask_once(list(sets))
            if not reply['ok'] or reply['result']['state'] == 'done':
                return reply
            self.assertLessEqual(reply['result']['permille'], 1000)

    async def test_the_first_greeting_says_that_it_is_a_replay(self):
        while True:
            message = await asyncio.wait_for(self.ws.recv(), WAIT_S)
            if isinstance(message, str) and (greeting := json.loads(message))['t'] == 'hello':
                break
        self.assertEqual(greeting['kind'], 'replay')

    async def test_thresholds_are_tried_and_nothing_is_changed(self):
        same = (await self.ask())['result']
        self.assertEqual(same['rows'], [])
        self.assertEqual(same['sweeps']['was'], same['sweeps']['now'])
        higher = (await self.ask('response.min_amplitude=100 uV'))['result']
        self.assertGreater(higher['sweeps']['gone'], 0)
        self.assertEqual(sum(r['count'] for r in higher['rows'] if r['what'] == 'sweep'), higher['sweeps']['gone'])
        slow = (await self.ask('free_running.threshold=45 uV'))['result']
        self.assertEqual(slow['state'], 'done')
        self.assertEqual((await self.ask('response.min_amplitude=100 uV'))['result'], higher)

        command = [LSRD, 'analyze', '--compare', 'as-monitored', '--json', '--set', 'response.min_amplitude=100 uV', self.case]
        total = json.loads(subprocess.run(command, capture_output=True, check=True).stdout.splitlines()[-1])
        self.assertEqual(total['sweeps']['gone'], higher['sweeps']['gone'])
        self.assertEqual(self.files(), self.before)

    async def test_what_cannot_be_tried_is_said(self):
        for sets, says in ((['response.min_amplitude=9 kV'], 'min_amplitude'), (['no.such=1'], 'no.such'),
                           (['web.port=1'], 'changes no finding')):
            reply = await self.ask(*sets)
            self.assertFalse(reply['ok'])
            self.assertIn(says, reply['error'])
        self.assertFalse((await self.ask_once('not a list'))['ok'])
        self.assertFalse((await self.ask_once(['x' * 200] * 8))['ok'])
        self.assertTrue((await self.ask())['ok'])


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0]])
