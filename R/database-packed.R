# An engine that groups rows by sorting them (`sorts` in sql-engine.R) compares their keys one after another, many times a row.
# One whole number in place of all keys is quicker, often than the engine's own GROUP BY. It is made of keys whose values are
# known, or likely, ahead: whole numbers of units between two ends, and a few texts or whole numbers. What the query finds
# shows whether that was so; where it was not, rows are grouped by the keys themselves.

# The most values of a key that is compared with one by one.
most_packed <- 12L

# Of each column with so few values the likely ones, by the first rows: an environment.
likely_values <- function(first) {
  likely <- new.env(parent = emptyenv())
  for (name in unique(names(first))) {
    values <- unique(first[[name]])
    if (few_packed(values)) assign(name, values[!is.na(values)], likely)
  }
  likely
}

# names: of the columns k1, k2, ... of what was found where values were others than the likely ones.
learn_values <- function(part, names, found) {
  for (i in which(names %in% names(part$likely))) {
    values <- unique(c(part$likely[[names[i]]], found[[paste0("k", i)]]))
    if (few_packed(values)) assign(names[i], values[!is.na(values)], part$likely) else rm(list = names[i], envir = part$likely)
  }
}

# Texts, or whole numbers, which are written and compared as such.
few_packed <- function(values) {
  values <- values[!is.na(values)]
  if (!length(values) %in% seq_len(most_packed)) return(FALSE)
  switch(sql_type(values), character = all(validUTF8(values)), integer = TRUE,
         numeric = all(values == round(values) & abs(values) < 2^31), FALSE)
}

# NULL, or list(key, SQL; watched, conditions without which a row's key could be that of another; read, a function of what was
# found by `key`, which gives what the keys themselves would have, or NULL where values are not those that were known). keys: of
# cells (SQL), with the names of columns. ends: of data$keys, a list of two numbers each, or NULL. domain: as in
# sql_tally_query(), which is in the key too.
packed_key <- function(part, data, keys, ends, domain) {
  if (!part$engine$sorts || length(data$keys) + length(keys) < 2L || length(names(keys)) < length(keys)) return(NULL)
  units <- Map(function(name, ends) packed_unit(part, data, name, ends), data$keys, ends)
  cells <- Map(function(name, key) if (nzchar(name)) packed_cell(part, data, name, key), names(keys), keys)
  if (any(vapply(c(units, cells), is.null, NA))) return(NULL)
  rows <- packed_size(units)
  size <- packed_size(cells)
  if (rows * (size + 1) > 2^53) return(NULL)
  key <- packed_sql(cells)
  if (!is.null(domain)) {
    key <- sprintf("CASE WHEN %s THEN %s ELSE %.0f END", domain, key, size)
    size <- size + 1
  }
  if (length(units) > 0L) key <- sprintf("(%s) * %.0f + %s", packed_sql(units), size, key)
  read <- function(found) {
    code <- as.double(found$k1)
    if (anyNA(code) || any(code != floor(code))) return(NULL)
    cell <- code %% size
    inside <- if (!is.null(domain)) cell < size - 1
    if (!is.null(domain)) cell[!inside] <- NA
    columns <- c(unpacked(units, code %/% size), unpacked(cells, cell))
    names(columns) <- paste0("k", seq_along(columns))
    list_frame(c(columns, if (!is.null(domain)) list(inside = as.integer(inside)), unclass(found)[-1L]))
  }
  list(key = key, watched = unlist(lapply(units, `[[`, "watched"), use.names = FALSE), read = read)
}

# list(sql, of a number from 0; size, how many there are; values, of these numbers, a function; watched), or NULL.
packed_unit <- function(part, data, name, ends) {
  numbered <- is.numeric(ends) && !anyNA(ends) && all(ends == round(ends) & abs(ends) < 2^31)
  if (!numbered) return(packed_cell(part, data, name, sql_key(part, name)))
  column <- sql_name(part, name)
  within <- sprintf("%s BETWEEN %.0f AND %.0f", column, ends[1L], ends[2L])
  whole <- part$types[[name]] == "integer"
  number <- if (whole) column else sprintf("CAST(%s AS INTEGER)", column)
  list(sql = sprintf("(%s - (%.0f))", number, ends[1L]), size = ends[2L] - ends[1L] + 1,
       values = function(number) if (whole) as.integer(number + ends[1L]) else number + ends[1L],
       watched = c(within, if (!whole) paste(column, "=", number)))
}

# NULL of SQL is the last number, and the number of other values NULL.
packed_cell <- function(part, data, name, key) {
  values <- few_values(part, data, name)
  if (is.null(values)) return(NULL)
  literals <- if (is.character(values)) sql_text(part, values) else sprintf("%.0f", values)
  count <- length(values)
  cases <- paste0(" WHEN ", literals, " THEN ", seq_len(count) - 1L, collapse = "")
  list(sql = sprintf("(CASE %s%s ELSE CASE WHEN %s IS NULL THEN %d END END)", key, cases, key, count), size = count + 1,
       values = function(number) c(values, NA)[number + 1])
}

# Those that were asked for, or the likely ones; NULL: not known, or not few.
few_values <- function(part, data, name) {
  found <- data$found[[name]]
  if (is.null(found) || !found$all) return(part$likely[[name]])
  if (few_packed(found$values)) found$values[!is.na(found$values)]
}

# Of the units that there are; NULL: not all are whole numbers.
ends_of_whole <- function(values) {
  if (sql_type(values) %in% c("integer", "numeric") && isTRUE(all(values == round(values)))) range(values)
}

packed_size <- function(items) prod(vapply(items, `[[`, 0, "size"))

packed_sql <- function(items) {
  sql <- if (length(items) > 0L) items[[1L]]$sql else "0"
  for (item in items[-1L]) sql <- sprintf("(%s) * %.0f + %s", sql, item$size, item$sql)
  sql
}

# The values of each item, from the numbers of all together.
unpacked <- function(items, number) {
  columns <- vector("list", length(items))
  for (i in rev(seq_along(items))) {
    columns[[i]] <- items[[i]]$values(number %% items[[i]]$size)
    number <- number %/% items[[i]]$size
  }
  columns
}
