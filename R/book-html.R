# A book as a page of HTML: contents, a field that searches questions and answers, and a table for each question.

book_page <- function(x, digits = NULL) {
  info <- info_of(x)
  x <- apart_result(x)
  r <- list(words = read_words("en"), language = "en")
  r$words[["made"]] <- "Made with weeg {version}."
  r$date <- date_text(r, Sys.Date())
  titles <- escape_html(vapply(seq_len(nrow(x$questions)), function(k) question_title(x$questions[k, ]), ""))
  links <- paste0("<li><a href=\"#question-", seq_along(titles), "\">", titles, "</a></li>", collapse = "\n")
  sections <- vapply(seq_along(titles), function(k) question_html(x, k, titles[k], digits), "")
  about <- c(source_lines(info, 1e6), book_notes(x, info))
  parts <- page_parts
  parts[["in_header"]] <- paste0("<style>\n", book_css, "\n</style>")
  parts[["after_body"]] <- paste0("<script>\n", book_script, "\n</script>")
  page <- page_template(r, paste0(book_search, "\n", contents_frame(r, paste0("<ul>\n", links, "\n</ul>"))), parts)
  title <- escape_html(book_title(x, info))
  fill_page(page, c(
    title = title, subtitle = escape_html(c(info$data, "")[1L]), date = escape_html(r$date),
    body = paste(c(sections, paste0("<p class=\"note\">", paste(escape_html(about), collapse = "<br>"), "</p>")),
                 collapse = "\n\n")
  ))
}

book_css <- paste(
  "header > div, main, footer { max-width: 90rem; }", ".search { margin: 1.4rem 0 0; max-width: none; }",
  ".search input { font: inherit; padding: .35rem .6rem; width: min(100%, 26rem); border: 1px solid var(--soft); }",
  ".question h2 { margin-top: 2rem; }", ".question table { width: auto; }",
  ".question tbody th { min-width: min(15rem, 40vw); }",
  ".question thead th[scope=colgroup] { text-align: center; border-bottom: 1px solid var(--line); background: var(--band); }",
  ".question thead th { text-align: right; width: 5rem; }", ".first { border-left: 1px solid var(--line); }",
  ".marks { color: var(--accent); font-size: .8em; display: inline-block; min-width: 2.6em; text-align: left; }",
  ".letter { display: block; font-weight: 400; color: var(--soft); }", ".bases th, .bases td { color: var(--soft); }",
  "[hidden] { display: none; }", sep = "\n"
)

book_search <- paste0("<p class=\"search\" hidden=\"\"><label for=\"search\">Search questions and answers</label><br/>",
                      "<input type=\"search\" id=\"search\"/> <span role=\"status\" id=\"found\"></span></p>")

# Without scripts all questions are there, and no field.
book_script <- paste(
  "(function () {",
  "  var field = document.getElementById('search'), found = document.getElementById('found');",
  "  var sections = document.querySelectorAll('.question'), links = document.querySelectorAll('nav li');",
  "  field.parentNode.hidden = false;",
  "  field.addEventListener('input', function () {",
  "    var words = field.value.toLowerCase().split(/\\s+/), count = 0;",
  "    sections.forEach(function (section, k) {",
  "      var text = section.textContent.toLowerCase();",
  "      var shown = words.every(function (word) { return text.indexOf(word) >= 0; });",
  "      section.hidden = !shown;",
  "      if (links[k]) links[k].hidden = !shown;",
  "      count += shown;",
  "    });",
  "    found.textContent = field.value ? count + ' of ' + sections.length + ' questions' : '';",
  "  });",
  "})();", sep = "\n"
)

question_html <- function(x, k, title, digits) {
  grid <- book_grid(x, x$questions$outcome[k])
  id <- paste0("question-", k)
  source <- escape_html(question_source(grid$question))
  head <- paste0("<section class=\"question\" aria-labelledby=\"", id, "\">\n<h2 id=\"", id, "\">", title, "</h2>\n")
  if (length(grid$answers) == 0L) return(paste0(head, "<p>", source, "</p>\n<p>No answers.</p>\n</section>"))
  notes <- c(grid_reasons(grid), reliability_lines(grid$reliability, 1e6))
  note <- if (length(notes) > 0L) paste0("\n<p class=\"note\">", paste(escape_html(notes), collapse = "<br>"), "</p>") else ""
  paste0(head, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"caption-", k,
         "\">\n<table>\n<caption id=\"caption-", k, "\">", if (grid$share) "%" else "Mean", "; ", source, "</caption>\n",
         banner_html(x), grid_body(x, grid, digits), "\n</table>\n</div>", note, "\n</section>")
}

# Variables above their levels, and these above their letters.
banner_html <- function(x) {
  columns <- x$columns
  banners <- unique(columns$banner[-1L])
  count <- tabulate(match(columns$banner, banners), length(banners))
  labels <- escape_html(unname(info_of(x)$labels[banners]))
  letter <- ifelse(is.na(columns$letter), "", paste0("<span class=\"letter\">", columns$letter, "</span>"))
  level <- paste0("<th scope=\"col\"", first_column(columns), ">", escape_html(columns$column), letter, "</th>")
  paste0("<colgroup><col></colgroup><colgroup><col></colgroup>",
         paste0("<colgroup span=\"", count, "\"></colgroup>", collapse = ""),
         "\n<thead>\n<tr><td rowspan=\"2\"></td><th scope=\"col\" rowspan=\"2\">Total</th>",
         paste0("<th scope=\"colgroup\" class=\"first\" colspan=\"", count, "\">", labels, "</th>", collapse = ""), "</tr>\n<tr>",
         paste(level[-1L], collapse = ""), "</tr>\n</thead>\n")
}

first_column <- function(columns) ifelse(duplicated(columns$banner) | !nzchar(columns$banner), "", " class=\"first\"")

grid_body <- function(x, grid, digits) {
  first <- first_column(x$columns)
  row <- function(name, cells) paste0("<tr><th scope=\"row\">", escape_html(name), "</th>", paste(cells, collapse = ""), "</tr>")
  cell <- function(text) paste0("<td", first, ">", escape_html(text), "<span class=\"marks\"></span></td>")
  text <- grid_text(grid, digits)
  marks <- grid_marks(grid)
  answers <- vapply(seq_along(grid$answers), function(k) {
    row(grid$answers[k], paste0("<td", first, ">", escape_html(text[k, ]), "<span class=\"marks\">", marks[k, ], "</span></td>"))
  }, "")
  p <- trimws(ifelse(seq_along(grid$p) %in% grid$tested, format_p(grid$p), ""))
  labels <- Filter(Negate(is.null), base_labels(grid))
  values <- list(p = p, n = format_count(grid$n), weighted = format_weighted(grid$weighted),
                 effective = format_count(grid$effective))
  bases <- vapply(names(labels), function(name) row(labels[[name]], cell(values[[name]])), "")
  paste0("<tbody>\n", paste(answers, collapse = "\n"), "\n</tbody>\n<tbody class=\"bases\">\n", paste(bases, collapse = "\n"),
         "\n</tbody>")
}
