#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The browsers' server over loopback, against docs/protocol.md."""
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import unittest

import websockets

sys.path.insert(0, os.path.dirname(__file__))
from peer import BACKFILL, ENV, FAKE_MAIN, GAP, IS_SANITIZED, LAST, RAW, SWEEP, TEMPLATE, WAIT_S, Client, Fake, request

WATCH = os.path.join(os.path.dirname(__file__), '../../docs/examples/watch.py')
UPGRADE = '''GET {path} HTTP/1.1
Host: {host}
Upgrade: websocket
Connection: Upgrade, close
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13
{more}
'''


class ServerTest(unittest.IsolatedAsyncioTestCase):
    async def fake(self, *arguments):
        fake = await Fake.start(*arguments)
        self.addAsyncCleanup(fake.stop)
        return fake


class Greeting(ServerTest):
    async def test_hello_comes_first_then_control_and_the_findings(self):
        fake = await self.fake()
        await fake.settle('findings 3')
        client = await Client.open(fake, hi={'name': 'wall'})
        self.assertEqual(client.hello['proto'], 'lsrd.v1')
        self.assertEqual(client.hello['source_tag'], 1)
        self.assertEqual(client.hello['last_finding'], 3)
        self.assertEqual(client.hello['you'], {'name': 'wall', 'role': 'control'})
        self.assertGreater(client.hello['utc_ms'], 1.6e12)
        self.assertEqual(await client.receive(), {'t': 'control', 'holder': None, 'yours': False})
        self.assertEqual(await client.findings(3), [1, 2, 3])
        await client.send(t='time', c0=12.5)
        time = await client.text('time')
        self.assertEqual(time['c0'], 12.5)
        self.assertLessEqual(time['s1'], time['s2'])
        await client.close()

    async def test_what_breaks_the_protocol_is_told_and_closed(self):
        fake = await self.fake()
        for message in ['{"t":"sub"}', 'no json', '[]', b'binary', 'x' * 70000,
                        '{"t":"hi","name":7}', '{"t":"hi","client":"short"}']:
            client = await Client.open(fake, hi=False)
            await client.ws.send(message)
            self.assertEqual(await client.closed(), (1002, 'protocol'), message[:40])
        client = await Client.open(fake)
        await client.send(t='hi')  # twice
        self.assertEqual(await client.closed(), (1002, 'protocol'))

    async def test_unknown_types_and_fragments_are_fine(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await client.send(t='dance', with_='anybody')
        large = json.dumps({'t': 'dance', 'with': 'x' * 60000})
        await client.ws.send([large[:10], large[10:30000], large[30000:]])
        await client.send(t='time', c0=1)
        await client.text('time')
        await (await client.ws.ping())  # answered
        await client.close()

    async def test_a_flood_is_closed(self):
        fake = await self.fake()
        client = await Client.open(fake)
        text = json.dumps({'t': 'dance', 'with': 'x' * 60000})
        try:
            for _ in range(100):
                await client.ws.send(text)
        except websockets.ConnectionClosed:
            pass
        # What is still on its way when the server closes may reset the connection.
        self.assertIn((await client.closed())[0], (1008, 1006))

    async def test_a_connection_without_hi_is_closed(self):
        fake = await self.fake()
        client = await Client.open(fake, hi=False)
        await fake.settle('advance 5100')
        self.assertEqual(await client.closed(), (4008, 'silent'))


class Admission(ServerTest):
    async def status(self, fake, more, path='/ws', host=None):
        head, body = await request(fake, UPGRADE.format(
            path=path, host=host or f'127.0.0.1:{fake.port}', more=more))
        return int(head.split()[1]), body.decode()

    async def test_subprotocol_path_origin_and_host_are_checked(self):
        fake = await self.fake()
        protocol = 'Sec-WebSocket-Protocol: lsrd.v1\n'
        own = f'Origin: http://127.0.0.1:{fake.port}\n'
        for more in ['', 'Sec-WebSocket-Protocol: lsrd.v2\n', 'Sec-WebSocket-Protocol: xlsrd.v1\n']:
            code, body = await self.status(fake, own + more)
            self.assertEqual(code, 400, more)
            self.assertIn('lsrd.v1', body)
        self.assertEqual((await self.status(fake, protocol, path='/'))[0], 404)
        for origin in ['http://evil.example', f'https://127.0.0.1:{fake.port}', 'null',
                       'http://127.0.0.1:1', f'http://127.0.0.1:{fake.port}.evil.example']:
            code, _ = await self.status(fake, protocol + f'Origin: {origin}\n')
            self.assertEqual(code, 403, origin)
        # A name that someone else lets resolve to this machine.
        rebound = f'127.0.0.1.evil.example:{fake.port}'
        code, _ = await self.status(fake, protocol + f'Origin: http://{rebound}\n', host=rebound)
        self.assertEqual(code, 403)
        for host in [f'127.0.0.1:{fake.port}', f'localhost:{fake.port}']:
            ws = await websockets.connect(f'ws://{host}/ws', subprotocols=['other', 'lsrd.v1'],
                                          origin=f'http://{host}')
            self.assertEqual(ws.subprotocol, 'lsrd.v1')
            await ws.close()

    async def test_the_33rd_display_is_told_that_the_house_is_full(self):
        fake = await self.fake()
        clients = [await Client.open(fake, hi={'name': f'd{i}'}) for i in range(32)]
        extra = await Client.open(fake, hi=False)
        self.assertEqual(await extra.closed(), (4010, 'full'))
        await fake.settle('findings 1')
        for client in clients:
            self.assertEqual(await client.findings(1), [1])
        await clients[0].close()
        for _ in range(50):  # the place is free once the server has seen the close
            again = await Client.open(fake, hi=False)
            await again.send(t='hi')
            if (await again.receive())['t'] == 'hello':
                break
        else:
            self.fail('no place became free')
        await again.close()
        for client in clients[1:]:
            await client.close()


    async def test_strangers_that_say_nothing_keep_no_display_out(self):
        fake = await self.fake()
        strangers = [await Client.open(fake, hi=False) for _ in range(32)]
        display = await Client.open(fake, hi={'name': 'wall'})
        self.assertEqual(display.hello['you']['name'], 'wall')
        self.assertEqual(await strangers[0].closed(), (4010, 'full'))
        for client in [*strangers[1:], display]:
            await client.close()


class Tokens(ServerTest):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.tokens = self.write('tokens', '# who\nviewer wall 0123456789abcdef-w\n'
                                 'control chen 0123456789abcdef-c\n')

    def write(self, name, text):
        path = os.path.join(self.directory.name, name)
        with open(path, 'w') as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def certificate(self):
        cert, key = (os.path.join(self.directory.name, n) for n in ('cert.pem', 'key.pem'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
                        '/CN=lsrd test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key,
                        '-out', cert], check=True, capture_output=True)
        return cert, key

    async def test_a_token_gives_name_and_role(self):
        fake = await self.fake(f'token_file={self.tokens}')
        for hi in [{}, {'token': '0123456789abcdef-x'}, {'token': '0123456789abcdef'}]:
            client = await Client.open(fake, hi=False)
            await client.send(t='hi', **hi)
            self.assertEqual(await client.closed(), (4003, 'token'))
        wall = await Client.open(fake, hi={'token': '0123456789abcdef-w', 'name': 'boss'})
        self.assertEqual(wall.hello['you'], {'name': 'wall', 'role': 'viewer'})
        reply = await wall.command(1, 'control_take')
        self.assertFalse(reply['ok'])
        self.assertIn('wall may look', reply['error'])
        self.assertFalse((await wall.command(2, 'mark', text='note=x'))['ok'])
        chen = await Client.open(fake, hi={'token': '0123456789abcdef-c'})
        self.assertTrue((await chen.command(1, 'control_take'))['ok'])
        self.assertTrue((await chen.command(2, 'mark', text='phase=closing'))['ok'])
        self.assertIn('command mark by=chen text=phase=closing', await fake.settle())
        await wall.close()
        await chen.close()

    async def test_tls_with_a_certificate_of_our_own(self):
        import ssl
        cert, key = self.certificate()
        fake = await self.fake('address=0.0.0.0', f'certificate={cert}', f'key={key}',
                               f'token_file={self.tokens}')
        client = await Client.open(fake, hi={'token': '0123456789abcdef-c'},
                                   ssl=ssl.create_default_context(cafile=cert))
        fake.say('waves 100')
        await client.send(t='sub', wave={'level': 5})
        fake.say('run')
        await client.frame(ENV)
        await client.close()
        with self.assertRaises(Exception):
            await asyncio.wait_for(websockets.connect(f'ws://127.0.0.1:{fake.port}/ws'), 10)

    def refused(self, *arguments):
        result = subprocess.run([FAKE_MAIN, *arguments], capture_output=True, text=True, timeout=30,
                                stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, 1, result.stderr)
        return result.stderr

    async def test_unsafe_or_broken_settings_do_not_start(self):
        cert, key = self.certificate()
        secure = [f'certificate={cert}', f'key={key}']
        self.assertIn('web.certificate and web.key are needed', self.refused('address=0.0.0.0'))
        self.assertIn('web.token_file is needed', self.refused('address=0.0.0.0', *secure))
        self.assertIn('needs web.key beside it', self.refused(f'certificate={cert}'))
        self.assertIn('No such file', self.refused(f'certificate={cert}', 'key=/nowhere'))
        self.assertIn('no PEM pair', self.refused(f'certificate={self.tokens}', f'key={key}'))
        self.assertIn('no IP address', self.refused('address=127.0.0.1.5', *secure,
                                                    f'token_file={self.tokens}'))
        for text, says in [('boss chen 0123456789abcdef\n', 'viewer or control'),
                           ('viewer chen\n', ':1: a line is ROLE NAME TOKEN'),
                           ('viewer chen short\n', 'token of 5 characters'),
                           ('viewer a 0123456789abcdef\nviewer b 0123456789abcdef\n', "another line's"),
                           ('# nobody\n', 'no line')]:
            self.assertIn(says, self.refused('token_file=' + self.write('bad', text)))
        os.chmod(self.tokens, 0o644)
        self.assertIn('chmod o-rwx', self.refused(f'token_file={self.tokens}'))

    async def test_a_taken_port_is_named(self):
        fake = await self.fake()
        result = subprocess.run([FAKE_MAIN, f'port={fake.port}'], capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=30)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f'port {fake.port}: Address already in use', result.stderr)


class Resuming(ServerTest):
    async def test_a_display_gets_what_it_missed_and_nothing_twice(self):
        fake = await self.fake()
        await fake.settle('findings 5')
        client = await Client.open(fake)
        self.assertEqual(await client.findings(5), [1, 2, 3, 4, 5])
        await client.close()
        await fake.settle('findings 3')
        client = await Client.open(fake, hi={'resume': {'source_tag': 1, 'last_finding': 5}})
        self.assertEqual(await client.findings(3), [6, 7, 8])
        await fake.settle('findings 1')
        self.assertEqual(await client.findings(1), [9])
        await client.close()
        client = await Client.open(fake, hi={'resume': {'source_tag': 7, 'last_finding': 5}})
        self.assertEqual(await client.findings(9), list(range(1, 10)))
        await client.close()

    async def test_at_most_the_newest_ten_thousand_come(self):
        fake = await self.fake()
        await fake.settle('findings 12000')
        client = await Client.open(fake)
        self.assertEqual(client.hello['last_finding'], 12000)
        self.assertEqual(await client.findings(10000), list(range(2001, 12001)))
        await client.close()

    async def test_another_source_says_hello_in_its_place(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await fake.settle('findings 2', 'tag 2', 'findings 3')
        self.assertEqual(await client.findings(2), [1, 2])
        hello = await client.text('hello')
        self.assertEqual(hello['source_tag'], 2)
        self.assertEqual(await client.findings(3), [1, 2, 3])
        await client.close()
        client = await Client.open(fake, hi={'resume': {'source_tag': 1, 'last_finding': 2}})
        self.assertEqual(client.hello['source_tag'], 2)
        self.assertEqual(await client.findings(3), [1, 2, 3])
        await client.close()

    async def test_state_and_alarms_reach_displays(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await fake.settle('alarms', 'alarms', 'evidence', 'status')
        seen = []
        while len(seen) < 4:
            message = await client.receive()
            if message['t'] != 'control':
                seen.append(message['t'])
        self.assertEqual(sorted(seen), ['alarms', 'alarms', 'evidence', 'status'])
        await client.close()

    async def test_a_late_display_gets_the_case_so_far_as_a_trend(self):
        fake = await self.fake()
        await fake.settle('waves 1', 'sweeps 3', 'waves 1', 'sweeps 1')
        client = await Client.open(fake)
        points = (await client.text('trend'))['points']
        self.assertEqual([p[0] for p in points], [400, 400, 400, 800])
        self.assertEqual(points[0], [400, 1, 0, 0, 0, 1, 0.0, 0.0])
        await client.close()

    async def test_a_display_that_cannot_keep_up_with_findings_must_resume(self):
        fake = await self.fake()
        slow = await Client.open(fake, rcvbuf=4096, max_queue=1)
        for _ in range(10):
            await fake.settle('findings 2000')
        self.assertEqual(await slow.closed(), (4009, 'overflow'))
        client = await Client.open(fake)
        self.assertEqual(await client.findings(5), list(range(10001, 10006)))
        await client.close()


class Waves(ServerTest):
    async def test_sweeps_the_last_minute_then_live_without_a_hole(self):
        fake = await self.fake()
        await fake.settle('waves 3500', 'sweeps 3', 'template')  # 70 s
        client = await Client.open(fake)
        await client.send(t='sub', wave={'level': 5}, sweeps=True)
        await client.frame(TEMPLATE)
        for _ in range(3):
            await client.frame(SWEEP)
        first = frame = await client.frame(BACKFILL)
        while not frame.flags & LAST:
            await client.ack()
            then = await client.frame(BACKFILL)
            self.assertEqual((then.first, then.seq), (frame.end, frame.seq + 1))
            frame = then
        self.assertAlmostEqual((frame.end - first.first) / 20000, 60, delta=0.1)
        fake.say('waves 1')
        live = await client.frame(ENV)
        self.assertEqual(live.first, frame.end)
        self.assertTrue(live.flags & GAP)
        await client.ack()
        fake.say('waves 1')
        then = await client.frame(ENV)
        self.assertEqual(then.first, live.end)
        self.assertFalse(then.flags & GAP)
        await client.send(t='sub', wave={'level': 7})  # another level: from the start
        frame = await client.frame(BACKFILL)
        self.assertEqual(frame.level, 7)
        await client.close()

    async def test_a_live_subscription_gets_each_period_raw(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await client.send(t='sub', live=True)
        await client.send(t='time', c0=0)
        await client.text('time')
        fake.say('waves 3')
        frames = [await client.frame(RAW) for _ in range(3)]
        self.assertEqual([f.first for f in frames], [0, 400, 800])
        self.assertEqual([f.flags & GAP for f in frames], [GAP, 0, 0])
        await client.close()

    async def test_unacknowledged_waves_are_skipped_and_the_gap_is_told(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await client.send(t='sub', wave={'level': 5})
        await client.send(t='time', c0=0)
        await client.text('time')
        fake.say('waves 1')
        before = await client.frame(ENV)
        await fake.settle('advance 600', 'waves 3')  # the first frame has not been acknowledged
        await client.ack()
        await client.send(t='time', c0=1)
        await client.text('time', c0=1)
        fake.say('waves 1')
        after = await client.frame(ENV)
        self.assertEqual(after.seq, before.seq + 4)
        self.assertTrue(after.flags & GAP)
        await client.close()

    async def test_without_ack_waves_stop_then_the_display_is_closed(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await client.send(t='sub', wave={'level': 5})
        await client.send(t='time', c0=0)
        await client.text('time')
        await fake.settle('advance 2100', 'waves 5', 'findings 1')
        message = await client.receive()
        while message['t'] != 'finding':  # no frame in between
            message = await client.receive()
        await fake.settle('advance 3000')
        self.assertEqual(await client.closed(), (4008, 'silent'))

    async def test_a_slow_display_disturbs_nobody_and_costs_little(self):
        fake = await self.fake()
        await fake.settle('waves 2000')  # so that spools and rings have their size
        fast = [await Client.open(fake, hi={'name': 'fast'}) for _ in range(2)]
        for client in fast:
            await client.send(t='sub', wave={'level': 3}, live=True)
            while not (await client.frame(BACKFILL)).flags & LAST:
                pass
            await client.ack()
        await self.step(fake, fast, 50)
        before = fake.rss_kib()
        slow = [await Client.open(fake, rcvbuf=4096, max_queue=1, hi={'name': 'slow'})
                for _ in range(3)]
        for client in slow:
            await client.send(t='sub', wave={'level': 3}, live=True, sweeps=True)
        await self.step(fake, fast, 250)
        if not IS_SANITIZED:
            self.assertLess(fake.rss_kib() - before, 3 * 256)
        for client in slow:
            client.ws.transport.abort()
        for client in fast:
            await client.close()

    async def step(self, fake, clients, count):
        """Every envelope arrives, in order, at every one of these clients. In steps, not in real
        time: on a busy machine these clients would be the slow ones."""
        for _ in range(count):
            fake.say('waves 1')
            for client in clients:
                before = client.newest_seq
                frame = await client.frame(ENV)
                if before is not None:
                    self.assertEqual(frame.seq, before + 1)
                await client.ack()


class Control(ServerTest):
    async def test_one_holds_control_and_the_others_are_told(self):
        fake = await self.fake()
        one = await Client.open(fake, hi={'name': 'one', 'client': 'aaaaaaaa-1'})
        two = await Client.open(fake, hi={'name': 'two', 'client': 'bbbbbbbb-2'})
        reply = await one.command(1, 'mark', text='note=early')
        self.assertIn('nobody has control', reply['error'])
        self.assertTrue((await one.command(2, 'control_take'))['ok'])
        await two.text('control', holder='one', yours=False)
        self.assertIn('control is with one', (await two.command(1, 'case_end'))['error'])
        self.assertTrue((await one.command(3, 'mark', text='note=mine'))['ok'])
        self.assertTrue((await two.command(2, 'control_take'))['ok'])
        await one.text('control', holder='two', yours=False)
        self.assertFalse((await one.command(4, 'mark', text='note=late'))['ok'])
        self.assertEqual(await fake.settle('status'), ['command mark by=one text=note=mine'])
        status = await one.text('status', control='two')
        self.assertEqual({d['name'] for d in status['displays']}, {'one', 'two'})
        # Who drops out keeps control for half a minute, and no longer.
        await two.close()
        two = await Client.open(fake, hi={'name': 'two', 'client': 'bbbbbbbb-2'})
        await two.text('control', holder='two', yours=True)
        await two.close()
        holder = 'two'
        for _ in range(16):  # in small steps, as `one` must not fall silent
            await fake.settle('advance 2000')
            await one.ack()
            await one.send(t='time', c0=0)
            while (message := await one.receive())['t'] != 'time':
                holder = message.get('holder', holder)
        self.assertIsNone(holder)
        self.assertTrue((await one.command(5, 'control_take'))['ok'])
        await one.send(t='cmd', id=6, op='control_release')
        await one.text('control', holder=None)
        await one.text('reply', id=6, ok=True)
        self.assertEqual(await fake.settle(), [])  # nothing that was refused went on
        await one.close()

    async def test_a_command_is_done_once_however_often_it_is_sent(self):
        fake = await self.fake()
        who = {'name': 'one', 'client': 'aaaaaaaa-1'}
        client = await Client.open(fake, hi=who)
        await client.command(1, 'control_take')
        self.assertTrue((await client.command(2, 'mark', text='note=x'))['ok'])
        self.assertTrue((await client.command(2, 'mark', text='note=x'))['ok'])
        reply = await client.command(3, 'mark', text='note=fail')
        self.assertEqual((reply['ok'], reply['error']), (False, 'it fails'))
        await client.close()
        client = await Client.open(fake, hi=who)
        self.assertTrue((await client.command(2, 'mark', text='note=x'))['ok'])
        self.assertFalse((await client.command(3, 'mark', text='note=fail'))['ok'])
        other = await Client.open(fake, hi={'name': 'other', 'client': who['client']})
        self.assertFalse((await other.command(2, 'mark', text='note=x'))['ok'])  # not the same person
        self.assertEqual(len(await fake.settle()), 2)
        await client.close()
        await other.close()

    async def test_an_answer_that_waits_for_hello_comes_behind_it(self):
        fake = await self.fake()
        await fake.settle()
        client = await Client.open(fake, hi=False)
        with fake.held():  # what it says is read at once, before anything is written
            await client.send(t='hi', name='one')
            await client.send(t='cmd', id=1, op='control_take')
        await client.text('hello')
        self.assertTrue((await client.text('reply', id=1))['ok'])
        await client.close()

    async def test_an_answer_outlives_the_snapshots_before_hello(self):
        fake = await self.fake()
        other = await Client.open(fake)
        await fake.settle('filling 2')
        client = await Client.open(fake, hi=False)
        await client.send(t='hi', name='one')
        await client.send(t='cmd', id=1, op='control_take')
        await other.text('control', holder='one')
        await fake.settle('findings 3', 'filling 2', 'tag 2')
        await client.text('hello')
        self.assertTrue((await client.text('reply', id=1))['ok'])
        await client.close()
        await other.close()

    async def test_an_answer_behind_another_sources_hello_is_not_passed_over(self):
        fake = await self.fake()
        client = await Client.open(fake)
        await client.command(1, 'control_take')
        with fake.held():  # the new source has no findings yet when the answer comes
            await client.send(t='cmd', id=2, op='mark', text='note=x')
            fake.say('tag 2')
        self.assertTrue((await client.text('reply', id=2))['ok'])
        await client.close()

    async def test_a_bad_command_is_answered_by_its_id(self):
        fake = await self.fake()
        client = await Client.open(fake)
        self.assertIn('fly is not known', (await client.command(1, 'fly'))['error'])
        self.assertIn('speed', (await client.command(2, 'replay_speed', speed=1000))['error'])
        await client.close()

    async def test_a_display_that_comes_back_replaces_its_old_connection(self):
        fake = await self.fake()
        who = {'name': 'one', 'client': 'aaaaaaaa-1'}
        old = await Client.open(fake, hi=who)
        await old.command(1, 'control_take')
        new = await Client.open(fake, hi=who)
        self.assertEqual((await old.closed())[0], 4008)
        self.assertTrue((await new.command(2, 'mark', text='note=x'))['ok'])
        await new.close()

    async def test_stopping_says_goodbye(self):
        fake = await Fake.start()
        client = await Client.open(fake)
        fake.say('quit')
        self.assertEqual(await client.closed(), (1001, 'stopping'))
        await fake.stop()


class Page(ServerTest):
    async def get(self, fake, path, method='GET', more=''):
        head, body = await request(
            fake, f'{method} {path} HTTP/1.1\nHost: localhost\nConnection: close\n{more}\n')
        lines = head.split('\r\n')
        headers = dict(line.lower().split(': ', 1) for line in lines[1:])
        return int(lines[0].split()[1]), headers, body

    async def test_the_page_comes_with_strict_headers(self):
        fake = await self.fake()
        for path in ['/', '/wall', '/phone', '/index.html']:
            code, headers, body = await self.get(fake, path)
            self.assertEqual(code, 200, path)
            self.assertIn(b'<html', body)
            self.assertEqual(headers['cache-control'], 'no-cache')
            self.assertIn("default-src 'none'; script-src 'self'", headers['content-security-policy'])
            self.assertEqual(headers['x-content-type-options'], 'nosniff')
        code, headers, body = await self.get(fake, '/', more=f"If-None-Match: {headers['etag']}\n")
        self.assertEqual((code, body), (304, b''))
        code, headers, body = await self.get(fake, '/', method='HEAD')
        self.assertEqual((code, body), (200, b''))
        code, headers, packed = await self.get(fake, '/', more='Accept-Encoding: gzip, br\n')
        import gzip
        self.assertEqual(headers['content-encoding'], 'gzip')
        self.assertIn(b'<html', gzip.decompress(packed))
        for path in ['/nothing', '/../../etc/passwd', '/assets/', '/.git']:
            self.assertEqual((await self.get(fake, path))[0], 404, path)
        self.assertIn((await self.get(fake, '/', method='DELETE'))[0], (404, 405))

    async def test_a_directory_stands_in_for_the_built_in_files(self):
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, 'index.html'), 'w') as file:
                file.write('mine' * 20000)
            with open(os.path.join(directory, '..hidden'), 'w') as file:
                file.write('secret')
            fake = await self.fake(f'root={directory}')
            code, _, body = await self.get(fake, '/wall')
            self.assertEqual((code, len(body)), (200, 80000))
            for path in ['/..hidden', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/a.js']:
                self.assertEqual((await self.get(fake, path))[0], 404, path)


class Example(ServerTest):
    async def test_the_example_client_prints_findings(self):
        fake = await self.fake()
        await fake.settle('findings 2', 'waves 50')
        watch = await asyncio.create_subprocess_exec(
            sys.executable, '-u', WATCH, f'ws://127.0.0.1:{fake.port}/ws', stdout=subprocess.PIPE)
        lines = []
        while len(lines) < 3:
            lines.append((await asyncio.wait_for(watch.stdout.readline(), WAIT_S)).decode())
        self.assertIn('hello: live from patient, 20000 Hz: FRONT OOC', lines[0])
        self.assertIn('finding 2: {"type": "mark"', lines[2])
        fake.say('sweeps 1')
        line = await asyncio.wait_for(watch.stdout.readline(), WAIT_S)
        self.assertEqual(line.decode(), 'sweep: channel 1, 600 samples\n')
        await fake.stop()  # says goodbye, and the example ends
        rest = await asyncio.wait_for(watch.stdout.read(), WAIT_S)
        self.assertIn('bye: stopping', rest.decode())
        await asyncio.wait_for(watch.wait(), WAIT_S)


if __name__ == '__main__':
    unittest.main()
