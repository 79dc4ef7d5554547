/* A native plugin that looks into CSV files: what is in each column, and the first rows.
 *
 * It shows what a plugin in C needs: a table of five functions, one entry, and JSON text in and out. Everything below
 * `csv_read` would be the same in a plugin about something else.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osaurus_plugin.h"
#include "text.h"

#define FILE_BYTES_MAX (256L * 1024 * 1024)
#define COLUMNS_MAX 1000
#define HEAD_ROWS_MAX 1000

static const osr_host_api *host;

/* ---- reading a file ------------------------------------------------------------------------------------------ */

struct file {
    char *data;
    size_t size;
};

/* Reads a whole file. Returns 0 or an errno value. */
static int file_read(const char *path, struct file *file)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) return errno;
    struct text text = {0};
    char block[65536];
    size_t n;
    int error = 0;
    while (error == 0 && (n = fread(block, 1, sizeof block, in)) > 0) {
        text_add(&text, block, n);
        if (text.failed) error = ENOMEM;
        else if (text.used > FILE_BYTES_MAX) error = EFBIG;
    }
    if (ferror(in)) error = errno;
    fclose(in);
    *file = (struct file){text.data, text.used};
    if (error != 0) {
        free(text.data);
        *file = (struct file){NULL, 0};
    }
    return error;
}

/* ---- reading CSV (RFC 4180: quotes, doubled quotes, line breaks inside quotes; LF and CRLF) ---------------------- */

struct cell {
    const char *data;
    size_t size;
};

struct csv {
    char *at;
    char *end;
    char delimiter;
    struct cell cells[COLUMNS_MAX];
    size_t count;
};

/* Reads one cell and steps behind it; quoted text is unquoted where it lies. Returns whether the row ends here. */
static bool csv_read_cell(struct csv *csv)
{
    char *start = csv->at;
    char *to = csv->at;
    if (csv->at < csv->end && *csv->at == '"') {
        start = to = ++csv->at;
        while (csv->at < csv->end) {
            if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"')) break;
            if (*csv->at == '"') csv->at++;
            *to++ = *csv->at++;
        }
        if (csv->at < csv->end) csv->at++;
    }
    while (csv->at < csv->end && *csv->at != csv->delimiter && *csv->at != '\n') *to++ = *csv->at++;
    bool row_ends = csv->at >= csv->end || *csv->at == '\n';
    if (csv->at < csv->end) csv->at++;
    if (row_ends && to > start && to[-1] == '\r') to--;
    if (csv->count < COLUMNS_MAX) csv->cells[csv->count++] = (struct cell){start, (size_t)(to - start)};
    return row_ends;
}

/* Reads the next row into csv->cells; empty lines are passed over. Returns false at the end. */
static bool csv_read(struct csv *csv)
{
    do {
        if (csv->at >= csv->end) return false;
        csv->count = 0;
        while (!csv_read_cell(csv)) continue;
    } while (csv->count == 1 && csv->cells[0].size == 0);
    return true;
}

/* The character that splits the first line into the most cells. */
static char guess_delimiter(const char *data, size_t size)
{
    const char *candidates = ",;\t|:";
    char best = ',';
    size_t best_count = 0;
    for (const char *c = candidates; *c != 0; c++) {
        size_t count = 0;
        for (size_t i = 0; i < size && data[i] != '\n'; i++) count += data[i] == *c;
        if (count > best_count) {
            best = *c;
            best_count = count;
        }
    }
    return best;
}

static struct csv csv_open(const struct file *file, const char *delimiter)
{
    char *data = file->data;
    char *end = data + file->size;
    if (file->size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) data += 3;
    char chosen = delimiter != NULL && *delimiter != 0 ? *delimiter : guess_delimiter(data, (size_t)(end - data));
    return (struct csv){.at = data, .end = end, .delimiter = chosen};
}

/* ---- what is in a column ------------------------------------------------------------------------------------- */

struct column {
    struct cell name;
    size_t filled;
    size_t empty;
    bool all_integers;
    bool all_numbers;
    double min;
    double max;
    double sum;
    uint64_t *seen; /* hashes of the values; 0 marks a free place */
    size_t seen_count;
    size_t seen_room;
};

static uint64_t hash(const struct cell *cell)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < cell->size; i++) h = (h ^ (unsigned char)cell->data[i]) * 1099511628211u;
    return h == 0 ? 1 : h;
}

static void insert(uint64_t *places, size_t room, uint64_t h, size_t *count)
{
    size_t i = h & (room - 1);
    while (places[i] != 0 && places[i] != h) i = (i + 1) & (room - 1);
    if (places[i] == 0) ++*count;
    places[i] = h;
}

static void count_distinct(struct column *column, uint64_t h)
{
    if (2 * column->seen_count >= column->seen_room) {
        size_t room = column->seen_room == 0 ? 64 : 2 * column->seen_room;
        uint64_t *places = calloc(room, sizeof *places);
        if (places == NULL) return;
        size_t count = 0;
        for (size_t i = 0; i < column->seen_room; i++) {
            if (column->seen[i] != 0) insert(places, room, column->seen[i], &count);
        }
        free(column->seen);
        column->seen = places;
        column->seen_room = room;
    }
    insert(column->seen, column->seen_room, h, &column->seen_count);
}

/* Reads a cell as a number. Returns false when it is none. */
static bool cell_number(const struct cell *cell, double *value, bool *is_integer)
{
    char copy[64];
    if (cell->size == 0 || cell->size >= sizeof copy) return false;
    memcpy(copy, cell->data, cell->size);
    copy[cell->size] = 0;
    if (!isdigit((unsigned char)copy[0]) && strchr("+-.", copy[0]) == NULL) return false;
    char *end;
    *value = strtod(copy, &end);
    *is_integer = strspn(copy, "+-0123456789") == cell->size;
    return *end == 0 && isfinite(*value);
}

static void column_add(struct column *column, const struct cell *cell)
{
    if (cell->size == 0) {
        column->empty++;
        return;
    }
    double value = 0;
    bool is_integer = false;
    bool is_number = cell_number(cell, &value, &is_integer);
    if (column->filled == 0) {
        column->all_numbers = is_number;
        column->all_integers = is_number && is_integer;
        column->min = column->max = value;
    }
    column->all_numbers = column->all_numbers && is_number;
    column->all_integers = column->all_integers && is_number && is_integer;
    column->min = fmin(column->min, value);
    column->max = fmax(column->max, value);
    column->sum += value;
    column->filled++;
    count_distinct(column, hash(cell));
}

static void column_print(struct text *out, const struct column *column)
{
    const char *type = column->filled == 0 ? "empty" : column->all_integers ? "integer" : column->all_numbers ? "number" : "text";
    text_print(out, "{\"column\":");
    text_add_json(out, column->name.data, column->name.size);
    text_print(out, ",\"type\":\"%s\",\"filled\":%zu,\"empty\":%zu,\"values\":%zu", type, column->filled, column->empty,
               column->seen_count);
    if (column->filled > 0 && column->all_numbers) {
        text_print(out, ",\"min\":%.15g,\"max\":%.15g,\"mean\":%.6g", column->min, column->max,
                   column->sum / (double)column->filled);
    }
    text_print(out, "}");
}

/* ---- the tools ------------------------------------------------------------------------------------------------ */

static void fail(struct text *out, const char *kind, const char *field, const char *path, const char *why)
{
    struct text message = {0};
    text_print(&message, "%s%s%s", path == NULL ? "" : path, path == NULL ? "" : ": ", why);
    text_print(out, "{\"ok\":false,\"kind\":\"%s\",\"field\":\"%s\",\"message\":", kind, field);
    text_add_json(out, message.data == NULL ? "" : message.data, message.used);
    text_print(out, "}");
    free(message.data);
}

/* Describes each column of the file. */
static void inspect(struct csv *csv, struct text *out)
{
    if (!csv_read(csv)) {
        text_print(out, "{\"ok\":true,\"result\":[],\"summary\":\"The file is empty.\"}");
        return;
    }
    size_t count = csv->count;
    struct column *columns = calloc(count, sizeof *columns);
    if (columns == NULL) {
        fail(out, "unavailable", "path", NULL, "not enough memory");
        return;
    }
    for (size_t i = 0; i < count; i++) columns[i].name = csv->cells[i];
    size_t rows = 0;
    size_t odd_rows = 0;
    for (; csv_read(csv); rows++) {
        static const struct cell nothing = {"", 0};
        odd_rows += csv->count != count;
        for (size_t i = 0; i < count; i++) column_add(&columns[i], i < csv->count ? &csv->cells[i] : &nothing);
    }
    text_print(out, "{\"ok\":true,\"result\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) text_print(out, ",");
        column_print(out, &columns[i]);
        free(columns[i].seen);
    }
    free(columns);
    text_print(out, "],\"summary\":\"%zu rows, %zu columns", rows, count);
    if (odd_rows > 0) text_print(out, "; %zu rows have another number of cells", odd_rows);
    text_print(out, ".\"}");
}

/* Gives the first rows as objects. */
static void head(struct csv *csv, long rows_wanted, struct text *out)
{
    struct cell names[COLUMNS_MAX];
    size_t count = csv_read(csv) ? csv->count : 0;
    memcpy(names, csv->cells, count * sizeof *names);
    text_print(out, "{\"ok\":true,\"result\":[");
    for (long row = 0; row < rows_wanted && count > 0 && csv_read(csv); row++) {
        text_print(out, row > 0 ? ",{" : "{");
        for (size_t i = 0; i < count; i++) {
            if (i > 0) text_print(out, ",");
            text_add_json(out, names[i].data, names[i].size);
            text_print(out, ":");
            if (i < csv->count) text_add_json(out, csv->cells[i].data, csv->cells[i].size);
            else text_print(out, "null");
        }
        text_print(out, "}");
    }
    text_print(out, "]}");
}

/* Opens the file that the arguments name and runs a tool on it. Returns the tool's answer. */
static char *run_tool(const char *id, const char *payload)
{
    struct text out = {0};
    char *path = json_get_text(payload, "path");
    char *delimiter = json_get_text(payload, "delimiter");
    struct file file = {NULL, 0};
    if (path == NULL) {
        fail(&out, "invalid_args", "path", NULL, "name the file to read");
    } else {
        int error = file_read(path, &file);
        if (error != 0) {
            fail(&out, "invalid_args", "path", path, strerror(error));
        } else {
            struct csv csv = csv_open(&file, delimiter);
            if (strcmp(id, "inspect") == 0) {
                inspect(&csv, &out);
            } else {
                long rows = json_get_long(payload, "rows", 5);
                head(&csv, rows < 0 ? 0 : rows > HEAD_ROWS_MAX ? HEAD_ROWS_MAX : rows, &out);
            }
            /* A version 1 plugin has no host; this one always does. */
            host->log(OSR_LOG_DEBUG, path);
        }
    }
    free(file.data);
    free(delimiter);
    free(path);
    if (!out.failed) return out.data;
    free(out.data);
    return strdup("{\"ok\":false,\"kind\":\"unavailable\",\"message\":\"not enough memory\"}");
}

/* ---- the plugin ------------------------------------------------------------------------------------------------ */

static const char MANIFEST[] =
    "{"
    "\"plugin_id\":\"org.example.csv-inspect\",\"name\":\"CSV Inspect\",\"version\":\"1.0.0\",\"license\":\"MIT\","
    "\"description\":\"Looks into CSV files: what is in each column, and the first rows.\","
    "\"capabilities\":{\"tools\":["
    "{\"id\":\"inspect\",\"permission_policy\":\"auto\",\"requirements\":[\"filesystem\"],"
    "\"description\":\"Describe each column of a CSV file: type, how many cells are filled, distinct values, range.\","
    "\"parameters\":{\"type\":\"object\",\"required\":[\"path\"],\"properties\":{"
    "\"path\":{\"type\":\"string\",\"description\":\"The file to read.\"},"
    "\"delimiter\":{\"type\":\"string\",\"description\":\"What separates cells; guessed when absent.\"}}}},"
    "{\"id\":\"head\",\"permission_policy\":\"auto\",\"requirements\":[\"filesystem\"],"
    "\"description\":\"Show the first rows of a CSV file.\","
    "\"parameters\":{\"type\":\"object\",\"required\":[\"path\"],\"properties\":{"
    "\"path\":{\"type\":\"string\",\"description\":\"The file to read.\"},"
    "\"delimiter\":{\"type\":\"string\",\"description\":\"What separates cells; guessed when absent.\"},"
    "\"rows\":{\"type\":\"integer\",\"description\":\"How many rows, 5 when absent, 1000 at most.\"}}}}"
    "]}}";

static void free_text(const char *text) { free((void *)(uintptr_t)text); }

/* There is no state to keep, but the host takes NULL for a failure. */
static osr_plugin_ctx_t init(void) { return (osr_plugin_ctx_t)(uintptr_t)MANIFEST; }

static void destroy(osr_plugin_ctx_t ctx) { (void)ctx; }

static const char *get_manifest(osr_plugin_ctx_t ctx)
{
    (void)ctx;
    return strdup(MANIFEST);
}

static const char *invoke(osr_plugin_ctx_t ctx, const char *type, const char *id, const char *payload)
{
    (void)ctx;
    if (strcmp(type, "tool") == 0 && (strcmp(id, "inspect") == 0 || strcmp(id, "head") == 0)) {
        return run_tool(id, payload);
    }
    return strdup("{\"ok\":false,\"kind\":\"tool_not_found\",\"message\":\"there is no such tool\"}");
}

OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static const osr_plugin_api api = {
        .free_string = free_text,
        .init = init,
        .destroy = destroy,
        .get_manifest = get_manifest,
        .invoke = invoke,
        .version = OSR_ABI_VERSION_6,
    };
    host = given;
    return &api;
}
