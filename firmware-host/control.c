/* The control socket: see control.h. A client that asks for something that writes isn't read from until the turn has answered; its job outlives it
 * when it goes away meanwhile. */
#include "firmware-host/control.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/channel.h"
#include "firmware-host/control_call.h"

#include <errno.h>
#include <grp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PROBLEM_MAX = 64 * 1024, BACKLOG_MAX = 2 * CONTROL_ANSWER_MAX, LISTEN_BACKLOG = 128 };

struct client {
    struct control *control; /* NULL: the control socket was closed */
    struct channel *channel; /* NULL: gone; freed when no job of it waits */
    struct client *next;
    bool asking; /* a job of it waits */
    bool following; /* the log */
    int uid;
};

struct control {
    struct control_parts parts;
    uv_pipe_t *listener;
    struct client *clients;
    size_t client_count;
};

/* ---- clients ---- */

static void client_drop(struct client *client) {
    struct control *c = client->control;
    for (struct client **at = c ? &c->clients : NULL; at && *at; at = &(*at)->next) {
        if (*at == client) {
            *at = client->next;
            c->client_count--;
            break;
        }
    }
    client->control = NULL;
    channel_close(client->channel);
    client->channel = NULL;
    if (!client->asking)
        free(client);
}

/* False: the client was dropped. */
static bool client_say(struct client *client, struct str *line) {
    str_add(line, "\n");
    if (str_ok(line) && channel_write(client->channel, line->data, line->len) == ERR_OK)
        return true;
    log_event(LOG_LEVEL_NOTICE, "control.client_dropped", log_text("reason", "doesn't read its answers"));
    client_drop(client);
    return false;
}

static void write_answer(struct str *line, enum err e, const struct str *result, const struct str *problem) {
    struct json_writer w;
    json_begin(&w, line);
    json_open_object(&w, NULL);
    json_put_bool(&w, "ok", e == ERR_OK);
    if (e == ERR_OK) {
        json_put_raw(&w, "result", result->len ? result->data : "null");
    } else {
        json_put_text(&w, "error", err_symbol(e));
        json_put_text(&w, "message", problem->len ? problem->data : err_text(e));
    }
    json_close_object(&w);
}

static bool client_answer(struct client *client, enum err e, const struct str *result, const struct str *problem) {
    struct str line;
    str_init(&line, CONTROL_ANSWER_MAX + 6 * PROBLEM_MAX);
    write_answer(&line, e, result, problem);
    bool alive = client_say(client, &line);
    str_release(&line);
    return alive;
}

static bool client_refuse(struct client *client, enum err e, const char *why) {
    struct str problem;
    str_init(&problem, 512);
    str_add(&problem, why);
    bool alive = client_answer(client, e, NULL, &problem);
    str_release(&problem);
    return alive;
}

/* ---- requests ---- */

struct request {
    struct job job;
    struct client *client;
    const struct command *command;
    struct json *json;
    bool reveal;
    struct str result, problem;
    int64_t now; /* of the last run */
    void (*committed)(struct command_call *call); /* as that run wants; NULL */
    uv_work_t work; /* COMMAND_POOL */
    struct command_task *task;
    enum err worked;
    struct command_later later; /* COMMAND_WAITS */
};

static struct request *request_new(struct client *client, const struct command *command, struct json *json) {
    struct request *r = mem_alloc(sizeof *r);
    r->client = client;
    r->command = command;
    r->json = json;
    bool writes_down = command->kind == COMMAND_WRITES || command->kind == COMMAND_RECORDS;
    if (!json_bool(json, "reveal", &r->reveal) || !writes_down)
        r->reveal = false;
    str_init(&r->result, CONTROL_ANSWER_MAX);
    str_init(&r->problem, PROBLEM_MAX);
    return r;
}

static void request_free(struct request *r) {
    if (r->task)
        r->task->release(r->task);
    json_free(r->json);
    str_release(&r->result);
    str_release(&r->problem);
    free(r);
}

static enum err request_fits(struct request *r) {
    if (str_ok(&r->result))
        return ERR_OK;
    str_add(&r->problem, "the answer is too long; ask for less with \"limit\"");
    return ERR_TOO_LONG;
}

/* NULL parts: the control socket was closed meanwhile. */
static struct command_call call_of(struct request *r, struct json_writer *w, int64_t now) {
    return (struct command_call){.parts = r->client->control ? r->client->control->parts.commands : NULL,
                                 .request = r->json,
                                 .command = r->command,
                                 .reveal = r->reveal,
                                 .uid = r->client->uid,
                                 .now = now,
                                 .result = w,
                                 .later = &r->later,
                                 .problem = &r->problem};
}

static enum err request_run(struct request *r, int64_t now) {
    struct json_writer w;
    str_clear(&r->result);
    str_clear(&r->problem);
    json_begin(&w, &r->result);
    struct command_call call = call_of(r, &w, now);
    if (!call.parts)
        return ERR_CLOSED;
    enum err e = r->command->run(&call);
    if (e == ERR_OK && r->reveal)
        e = call_record_reveal(&call);
    r->task = call.task;
    r->committed = call.committed;
    r->now = now;
    return e == ERR_OK ? request_fits(r) : e;
}

static enum err run_job(struct job *job, int64_t now) {
    return request_run((struct request *)job, now);
}

/* The client isn't read from until this. */
static void request_answer(struct request *r, enum err result) {
    struct client *client = r->client;
    client->asking = false;
    if (!client->channel)
        free(client);
    else if (client_answer(client, result, &r->result, &r->problem))
        channel_resume(client->channel);
    request_free(r);
}

static void job_done(struct job *job, enum err result) {
    struct request *r = (struct request *)job;
    struct command_call call = call_of(r, NULL, r->now);
    if (result == ERR_OK && r->committed && call.parts)
        r->committed(&call);
    request_answer(r, result);
}

/* ---- later ---- */

static struct request *request_of_later(struct command_later *later) {
    return (struct request *)((char *)later - offsetof(struct request, later));
}

static void answer_later(struct command_later *later, enum err e) {
    struct request *r = request_of_later(later);
    request_answer(r, e == ERR_OK ? request_fits(r) : e);
}

/* The answer may come before the handler returns. */
static void start_waiting(struct client *client, struct request *r) {
    struct clock *clock = client->control->parts.commands->clock;
    client->asking = true;
    channel_pause(client->channel);
    r->later.problem = &r->problem;
    r->later.answer = answer_later;
    json_begin(&r->later.result, &r->result);
    struct command_call call = call_of(r, &r->later.result, clock->wall_ms(clock));
    enum err e = r->command->run(&call);
    if (e != ERR_OK)
        request_answer(r, e);
}

/* ---- beside the loop ---- */

static enum err read_beside(struct command_task *task, struct str *problem) {
    struct store *reader = NULL;
    enum err e = store_open_reader(task->path, task->keys, problem, &reader);
    if (e == ERR_OK)
        e = task->read(task, reader, problem);
    store_close_reader(reader);
    return e;
}

static void work(uv_work_t *handle) {
    struct request *r = handle->data;
    r->worked = r->task->read ? read_beside(r->task, &r->problem) : r->task->work(r->task, &r->problem);
}

/* What was read beside the loop is shown when the turn that writes it down is on disk. */
static enum err run_record(struct job *job, int64_t now) {
    struct request *r = (struct request *)job;
    struct json_writer w;
    str_clear(&r->result);
    str_clear(&r->problem);
    json_begin(&w, &r->result);
    struct command_call call = call_of(r, &w, now);
    if (!call.parts)
        return ERR_CLOSED;
    call.reveal = true;
    enum err e = r->task->record(r->task, &call);
    if (e == ERR_OK)
        e = call_record_reveal(&call);
    return e == ERR_OK ? request_fits(r) : e;
}

static void worked(uv_work_t *handle, int status) {
    struct request *r = handle->data;
    enum err e = status == 0 ? r->worked : ERR_CLOSED;
    struct json_writer w;
    str_clear(&r->result);
    json_begin(&w, &r->result);
    if (e == ERR_OK && r->task->record && !r->client->control)
        e = ERR_CLOSED;
    if (e == ERR_OK && r->task->record) {
        r->job = (struct job){.run = run_record, .done = job_done};
        turn_add(r->client->control->parts.turn, &r->job);
        return;
    }
    if (e == ERR_OK && !r->task->record) {
        r->task->finish(r->task, &w);
        e = request_fits(r);
    }
    request_answer(r, e);
}

static void start_task(struct client *client, struct request *r) {
    client->asking = true;
    channel_pause(client->channel);
    r->work.data = r;
    if (uv_queue_work(client->control->parts.uv, &r->work, work, worked) != 0)
        abort();
}

static void ask(struct client *client, struct request *r) {
    struct control *c = client->control;
    if (r->reveal)
        log_event(LOG_LEVEL_NOTICE, "control.reveal", log_text("command", r->command->name), log_int("uid", client->uid));
    if (r->command->kind == COMMAND_WRITES || (r->command->kind == COMMAND_RECORDS && r->reveal)) {
        client->asking = true;
        channel_pause(client->channel);
        r->job = (struct job){.run = run_job, .done = job_done};
        turn_add(c->parts.turn, &r->job);
        return;
    }
    if (r->command->kind == COMMAND_WAITS) {
        start_waiting(client, r);
        return;
    }
    struct clock *clock = c->parts.commands->clock;
    enum err e = request_run(r, clock->wall_ms(clock));
    if (e == ERR_OK && r->task) {
        start_task(client, r);
        return;
    }
    bool follows = e == ERR_OK && r->command->kind == COMMAND_FOLLOWS;
    if (client_answer(client, e, &r->result, &r->problem) && follows)
        client->following = true;
    request_free(r);
}

static void have_line(void *context, const char *line, size_t len) {
    struct client *client = context;
    struct json *json;
    if (!line) {
        client_refuse(client, ERR_TOO_LONG, "a request is at most 65536 octets long");
        return;
    }
    if (json_parse(line, len, &json) != ERR_OK) {
        client_refuse(client, ERR_INVALID, "a request is one line of JSON: {\"command\":\"status\"}");
        return;
    }
    const char *name = json_text(json, "command");
    const struct command *command = name ? command_find(name) : NULL;
    if (!command) {
        json_free(json);
        client_refuse(client, ERR_NOT_FOUND, name ? "there is no such command; ask {\"command\":\"help\"}" : "\"command\" is missing");
        return;
    }
    ask(client, request_new(client, command, json));
}

static void client_ended(void *context) {
    client_drop(context);
}

void control_log(struct control *c, const struct log_entry *entry) {
    for (struct client *client = c->clients, *next; client; client = next) {
        next = client->next;
        if (!client->following)
            continue;
        struct str line;
        struct json_writer w;
        str_init(&line, CONTROL_LINE_MAX);
        json_begin(&w, &line);
        json_open_object(&w, NULL);
        json_open_object(&w, "log");
        json_put_int(&w, "number", entry->number);
        json_put_int(&w, "at", entry->at);
        json_put_text(&w, "line", entry->line);
        json_close_object(&w);
        json_close_object(&w);
        client_say(client, &line);
        str_release(&line);
    }
}

/* ---- the socket ---- */

static int peer_uid(const uv_pipe_t *pipe) {
    uv_os_fd_t fd;
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (uv_fileno((const uv_handle_t *)pipe, &fd) != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return -1;
    return (int)peer.uid;
}

static void free_handle(uv_handle_t *handle) {
    free(handle);
}

static void somebody_came(uv_stream_t *listener, int status) {
    struct control *c = listener->data;
    if (status != 0)
        return;
    uv_pipe_t *pipe = mem_alloc(sizeof *pipe);
    if (uv_pipe_init(c->parts.uv, pipe, 0) != 0)
        abort();
    if (uv_accept(listener, (uv_stream_t *)pipe) != 0 || c->client_count >= CONTROL_CLIENTS_MAX) {
        uv_close((uv_handle_t *)pipe, free_handle);
        return;
    }
    struct client *client = mem_alloc(sizeof *client);
    client->control = c;
    client->uid = peer_uid(pipe);
    client->next = c->clients;
    c->clients = client;
    c->client_count++;
    struct channel_options options = {
        .line_max = CONTROL_LINE_MAX, .backlog_max = BACKLOG_MAX, .context = client, .line = have_line, .ended = client_ended};
    client->channel = channel_new(&options, (uv_stream_t *)pipe, (uv_stream_t *)pipe);
}

/* A socket file that nobody answers on is a leftover. */
static enum err clear_path(const char *path, struct str *problem) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return ERR_OK;
    if (!S_ISSOCK(st.st_mode)) {
        str_addf(problem, "%s: is there already and is no socket; remove it or set control.socket to another path", path);
        return ERR_CONFLICT;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    enum err e = str_copy(address.sun_path, sizeof address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (e == ERR_OK && fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        str_addf(problem, "%s: another daemon answers there; stop it or set control.socket to another path", path);
        e = ERR_BUSY;
    } else if (e == ERR_OK && unlink(path) != 0) {
        str_addf(problem, "%s: can't be replaced: %s", path, strerror(errno));
        e = ERR_IO;
    }
    if (fd >= 0)
        close(fd);
    return e;
}

static enum err set_owner(const char *path, const char *group, struct str *problem) {
    if (chmod(path, *group ? 0660 : 0600) != 0) {
        str_addf(problem, "%s: %s", path, strerror(errno));
        return ERR_IO;
    }
    if (!*group)
        return ERR_OK;
    const struct group *found = getgrnam(group);
    if (!found || chown(path, (uid_t)-1, found->gr_gid) != 0) {
        str_addf(problem, "%s: can't be given to group %s: %s; set control.group to a group of this user", path, group,
                 found ? strerror(errno) : "there is no such group");
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err control_open(const struct control_parts *parts, struct str *problem, struct control **ret_control) {
    enum err e = clear_path(parts->path, problem);
    if (e != ERR_OK)
        return e;
    struct control *c = mem_alloc(sizeof *c);
    c->parts = *parts;
    c->listener = mem_alloc(sizeof *c->listener);
    if (uv_pipe_init(parts->uv, c->listener, 0) != 0)
        abort();
    c->listener->data = c;
    int status = uv_pipe_bind(c->listener, parts->path);
    if (status != 0) {
        str_addf(problem, "%s: %s; does its folder exist, and may this user write there?", parts->path, uv_strerror(status));
        e = ERR_IO;
    }
    if (e == ERR_OK)
        e = set_owner(parts->path, parts->group, problem);
    if (e == ERR_OK && (status = uv_listen((uv_stream_t *)c->listener, LISTEN_BACKLOG, somebody_came)) != 0) {
        str_addf(problem, "%s: %s", parts->path, uv_strerror(status));
        e = ERR_IO;
    }
    if (e == ERR_OK)
        *ret_control = c;
    else
        control_close(c);
    return e;
}

void control_close(struct control *c) {
    if (!c)
        return;
    for (struct client *client = c->clients, *next; client; client = next) {
        next = client->next;
        client_drop(client);
    }
    uv_close((uv_handle_t *)c->listener, free_handle); /* libuv removes the socket file that it bound */
    free(c);
}
