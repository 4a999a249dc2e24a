/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions in a small table; they are found by a walk through it. */
#include "web/session.h"

#include <stdio.h>
#include <string.h>

void session_table_init(struct session_table *t)
{
    memset(t, 0, sizeof *t);
    t->next_key = 1;
}

static struct session *find(struct session_table *t, const char *client, const char *name,
                            enum role role)
{
    if (!client[0])
        return NULL;
    for (size_t i = 0; i < SESSIONS; i++) {
        struct session *s = &t->sessions[i];
        /* The name too: another person who knows the key is another session. */
        if (s->key && !strcmp(s->client, client) && !strcmp(s->name, name) && s->role == role)
            return s;
    }
    return NULL;
}

static struct session *longest_unused(struct session_table *t)
{
    struct session *best = NULL;
    for (size_t i = 0; i < SESSIONS; i++) {
        struct session *s = &t->sessions[i];
        if (s->key && (s->is_connected || s->key == t->holder))
            continue;
        if (!s->key)
            return s;
        if (!best || s->seen_ns < best->seen_ns)
            best = s;
    }
    return best;
}

struct session *session_open(struct session_table *t, const char *client, const char *name,
                             enum role role, int64_t now_ns)
{
    struct session *s = find(t, client, name, role);
    if (!s) {
        s = longest_unused(t);
        if (!s)
            return NULL;
        memset(s, 0, sizeof *s);
        s->key = t->next_key++;
        s->role = role;
        snprintf(s->client, sizeof s->client, "%s", client);
        snprintf(s->name, sizeof s->name, "%s", name);
    }
    s->is_connected = true;
    s->seen_ns = now_ns;
    return s;
}

void session_close(struct session_table *t, struct session *s, int64_t now_ns)
{
    s->is_connected = false;
    s->seen_ns = now_ns;
    if (!s->client[0] && t->holder == s->key)
        session_release_control(t); /* nobody can come back as this one */
}

struct session *session_by_key(struct session_table *t, uint64_t key)
{
    for (size_t i = 0; key && i < SESSIONS; i++)
        if (t->sessions[i].key == key)
            return &t->sessions[i];
    return NULL;
}

static struct session_command *command_by_id(struct session *s, uint64_t id)
{
    for (size_t i = 0; i < SESSION_COMMANDS; i++)
        if (s->commands[i].id == id)
            return &s->commands[i];
    return NULL;
}

const struct session_command *session_begin(struct session *s, uint64_t id)
{
    const struct session_command *known = command_by_id(s, id);
    if (known)
        return known;
    struct session_command *c = &s->commands[s->next_command++ % SESSION_COMMANDS];
    *c = (struct session_command){.id = id};
    return NULL;
}

void session_answer(struct session *s, uint64_t id, const char *reply, size_t size)
{
    struct session_command *c = command_by_id(s, id);
    if (!c)
        return;
    c->is_answered = true;
    c->reply[0] = 0;
    if (size < sizeof c->reply) {
        memcpy(c->reply, reply, size);
        c->reply[size] = 0;
    } else {
        c->id = 0; /* asked again, it is done again: only queries answer at such length */
    }
}

void session_take_control(struct session_table *t, const struct session *s)
{
    if (t->holder == s->key)
        return;
    t->holder = s->key;
    t->control_version++;
}

void session_release_control(struct session_table *t)
{
    if (!t->holder)
        return;
    t->holder = 0;
    t->control_version++;
}

const struct session *session_holder(struct session_table *t)
{
    return session_by_key(t, t->holder);
}

void session_tick(struct session_table *t, int64_t now_ns)
{
    const struct session *holder = session_holder(t);
    if (holder && !holder->is_connected && now_ns - holder->seen_ns > SESSION_CONTROL_KEPT_NS)
        session_release_control(t);
}
