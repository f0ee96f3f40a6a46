# Results of every kind and size, for test-plot.R and the page of pictures that tools/gallery.R makes.

dutch_answers <- c(
  "helemaal niet mee eens", "niet mee eens", "niet mee eens en niet mee oneens", "mee eens", "helemaal mee eens",
  "weet niet of wil dat niet zeggen", "hangt van de omstandigheden en van de begeleider af",
  "alleen in het begin van het traject",
  "pas na langere tijd en na herhaald aandringen", "niet van toepassing, want ik krijg geen begeleiding", "anders"
)
dutch_groups <- c(
  "werkplein", "re-integratiebureau", "sociale werkvoorziening",
  "samenwerkingsverband arbeidsmarktregio's Noord-Holland en Flevoland",
  "UWV", "onderwijsinstelling voor middelbaar beroepsonderwijs", "vrijwilligersorganisatie", "stichting voor schuldhulpverlening",
  "particuliere jobcoach", "gemeentelijke kredietbank", "wijkteam", "geen organisatie of niet bekend"
)
dutch_towns <- paste(
  rep(c("Alphen aan den Rijn", "Bergen op Zoom", "Capelle aan den IJssel", "Delft", "Ede", "Franekeradeel", "Gouda",
        "Hollands Kroon", "IJsselstein", "Krimpen aan den IJssel"), each = 5),
  c("Centrum", "Noord", "Oost", "Zuid en buitengebied", "West")
)

# Respondents in `groups` groups, some of them small, who gave one of `answers` answers.
gallery_data <- function(groups, answers, each = 45) {
  set.seed(1000 * groups + answers)
  names <- if (groups > 12) dutch_towns[seq_len(groups)] else dutch_groups[seq_len(groups)]
  sizes <- rep(c(each, 2 * each, 12, each), length.out = groups)
  if (groups == 1) sizes <- 5 * each
  group <- factor(rep(names, sizes), levels = names)
  n <- length(group)
  shift <- stats::rnorm(groups, sd = 0.7)[group]
  cuts <- stats::qnorm(seq_len(answers - 1) / answers)
  labels <- if (answers == 2) c("nee", "ja") else dutch_answers[seq_len(answers)]
  answer <- factor(labels[findInterval(shift + stats::rnorm(n), cuts) + 1L], levels = labels, ordered = TRUE)
  attr(answer, "label") <- paste("De begeleiding sluit goed aan bij wat ik zelf kan en wil, en bij de mogelijkheden op de",
                                 "arbeidsmarkt in mijn regio")
  attr(group, "label") <- "ESS round: organisatie die de respondent begeleidt of heeft begeleid"
  data <- data.frame(group, answer, w = stats::runif(n, 0.5, 2), psu = factor(seq_len(n) %% 60L))
  data$ronde <- factor(paste("ronde", 1 + (seq_len(n) * 7L) %/% 3L %% 2L))
  data$sexe <- factor(c("vrouw", "man", "man", "vrouw", "vrouw")[1 + seq_len(n) %% 5L])
  for (i in 1:5) data[[paste0("item", i)]] <- structure(stats::runif(n) < i / 6 + 0.1 * (shift > 0), label = dutch_answers[5 + i])
  data
}

# Questions `vraag1`, `vraag2`, ... with long labels about respondents of gallery_data(), and a year.
gallery_questions <- function(questions, groups) {
  data <- gallery_data(groups, 4, each = 90)
  for (i in seq_len(questions)) {
    data[[paste0("vraag", i)]] <- factor(levels(data$answer)[1 + (as.integer(data$answer) + seq_len(nrow(data)) %/% i) %% 4],
                                         levels(data$answer), ordered = TRUE)
    attr(data[[paste0("vraag", i)]], "label") <- paste(dutch_answers[5 + i], "en", dutch_groups[5 + i])
  }
  data$jaar <- factor(2019 + (seq_len(nrow(data)) * 7L) %/% 3L %% 5L)
  weeg_design(data, weights = ~w, cluster = ~psu)
}

questions_by <- function(questions, by) {
  stats::as.formula(paste(paste0("vraag", seq_len(questions), collapse = " + "), "~", by))
}

gallery_design <- function(groups, answers, ...) weeg_design(gallery_data(groups, answers, ...), weights = ~w, cluster = ~psu)

# list(heading = list(title = a result)). results: functions, called one by one.
gallery <- function(sizes = c(1, 4, 12, 50), answers = c(2, 5, 11)) {
  kept <- new.env()
  at <- function(groups, answers) {
    key <- paste(groups, answers)
    if (is.null(kept[[key]])) kept[[key]] <- gallery_design(groups, answers)
    kept[[key]]
  }
  grid <- expand.grid(answers = answers, groups = sizes)
  over <- function(make, rows = grid) {
    stats::setNames(
      lapply(seq_len(nrow(rows)), function(i) function() make(at(rows$groups[i], rows$answers[i]))),
      paste0(rows$groups, ifelse(rows$groups == 1, " group, ", " groups, "), rows$answers, " answers")
    )
  }
  some <- grid[grid$groups > 1 & grid$answers %in% c(5, if (!5 %in% answers) answers[1]), ]
  middle <- at(4, 5)
  design <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  hide <- function(d, x) weeg_protect(d, x)
  c(list(
    "Cross-tabs" = over(function(d) weeg_crosstab(d, answer ~ group)),
    "Proportions" = over(function(d) weeg_proportion(d, answer ~ group)),
    "Cross-tabs, other percentages and protected" = list(
      "column" = function() weeg_crosstab(at(12, 5), answer ~ group, percent = "column"),
      "more than 12 answers" = function() weeg_crosstab(design, gemeente ~ ronde),
      "column, 50 groups" = function() weeg_crosstab(at(50, 5), answer ~ group, percent = "column"),
      "total" = function() weeg_crosstab(middle, answer ~ group, percent = "total"),
      "protected, 4 groups" = function() hide(middle, weeg_crosstab(middle, answer ~ group)),
      "protected, 50 groups" = function() hide(at(50, 5), weeg_crosstab(at(50, 5), answer ~ group)),
      "protected, of the total" = function() hide(middle, weeg_crosstab(middle, answer ~ group, percent = "total"))
    ),
    "Proportions of several groups and questions, protected" = list(
      "no group" = function() weeg_proportion(middle, ~answer),
      "two groups" = function() weeg_proportion(middle, answer ~ group + ronde),
      "two groups, of 12 and 2" = function() weeg_proportion(at(12, 2), answer ~ ronde + group),
      "three groups" = function() weeg_proportion(middle, answer ~ group + ronde + sexe),
      "two questions" = function() weeg_proportion(middle, answer + item1 ~ group),
      "protected" = function() hide(middle, weeg_proportion(middle, answer ~ group)),
      "the README's" = function() weeg_proportion(design, strengths ~ provider)
    ),
    "Totals" = list(
      "one variable" = function() weeg_total(middle, ~answer), "two" = function() weeg_total(middle, ~ group + answer),
      "50 groups" = function() weeg_total(at(50, 5), ~group),
      "three" = function() weeg_total(at(12, 5), ~ group + answer + ronde),
      "protected" = function() hide(middle, weeg_total(middle, ~ group + answer))
    ),
    "Comparisons" = c(
      over(function(d) weeg_compare(d, answer ~ group, answers = levels_of(d)[1], measures = "difference"), some),
      list(
        "all answers" = function() weeg_compare(middle, answer ~ group, measures = "difference"),
        "all measures, the default" = function() suppressMessages(weeg_compare(middle, answer ~ ronde)),
        "12 groups, all answers" = function() weeg_compare(at(12, 5), answer ~ group, measures = "difference"),
        "odds ratios" = function() {
          weeg_compare(at(12, 5), answer ~ group, answers = levels_of(middle)[1], measures = "odds-ratio")
        },
        "ratios of two kinds" = function() weeg_compare(middle, answer ~ ronde, measures = c("risk-ratio", "odds-ratio")),
        "against the rest, 50 groups" = function() {
          weeg_compare(at(50, 5), answer ~ group, answers = levels_of(middle)[2], measures = "difference", against = "rest")
        },
        "trend" = function() weeg_compare(design, strengths ~ leeftijdsgroep, contrasts = "trend"),
        "letters" = function() {
          weeg_letters(weeg_compare(at(12, 5), answer ~ group, answers = levels_of(middle)[1], measures = "difference"))
        },
        "letters, all answers" = function() weeg_letters(weeg_compare(middle, answer ~ group, measures = "difference"))
      )
    ),
    "Tests" = list(
      "one" = function() weeg_test(middle, answer ~ group), "of the README" = function() weeg_test(design, strengths ~ provider),
      "chi-squared" = function() weeg_test(middle, answer ~ ronde, method = "rao-scott-chisq"),
      "one degree of freedom" = function() weeg_test(middle, item1 ~ ronde),
      "several questions" = function() weeg_test(middle, item1 + item2 + item3 + item4 + item5 + answer ~ group),
      "mixture" = function() weeg_test(middle, answer ~ group, method = "lincom"),
      "fit" = function() weeg_test(middle, ~answer),
      "models" = function() stats::anova(weeg_loglinear(middle, ~ answer * ronde + sexe))
    ),
    "Several answers" = list(
      "no group" = function() weeg_multiple(middle, ~ item1 + item2 + item3 + item4 + item5),
      "4 groups" = function() weeg_multiple(middle, item1 + item2 + item3 + item4 + item5 ~ group),
      "12 groups" = function() weeg_multiple(at(12, 5), item1 + item2 + item3 + item4 + item5 ~ group),
      "50 groups" = function() weeg_multiple(at(50, 5), item1 + item2 + item3 + item4 + item5 ~ group),
      "two groups" = function() weeg_multiple(middle, item1 + item2 + item3 + item4 + item5 ~ group + ronde)
    ),
    "Batteries" = c(
      over(function(d) {
        d <- transform(d, late = factor(levels(answer)[1 + (seq_along(answer) * 7L) %/% 3L %% nlevels(answer)], levels(answer)))
        attr(d$data$late, "label") <- "Ik krijg hulp op tijd"
        weeg_battery(d, answer + late ~ group, means = TRUE)
      }, grid[grid$groups <= 4, ]),
      list(
        "five items" = function() weeg_battery(middle, ~ item1 + item2 + item3 + item4 + item5),
        "five items, 4 groups" = function() weeg_battery(middle, item1 + item2 + item3 + item4 + item5 ~ group)
      )
    ),
    "Areas" = list(
      "shrunken, 12" = function() weeg_shrink(at(12, 5), answer ~ group, answers = levels_of(middle)[1]),
      "shrunken, 50" = function() weeg_shrink(at(50, 5), answer ~ group, answers = levels_of(middle)[1]),
      "shrunken, 50, 5 answers" = function() weeg_shrink(at(50, 5), answer ~ group),
      "funnel, 50" = function() weeg_funnel(at(50, 5), answer ~ group, answers = levels_of(middle)[1]),
      "funnel, 5 answers" = function() weeg_funnel(at(50, 5), answer ~ group)
    ),
    "Effect sizes, composition, models" = list(
      "effect sizes" = function() weeg_association(middle, answer ~ group),
      "effect sizes of several questions" = function() weeg_association(middle, answer + item1 + item2 + item3 ~ ronde),
      "decomposition" = function() weeg_decompose(middle, answer ~ ronde, by = ~group),
      "standardised, 2 groups" = function() standardised(middle, answer ~ ronde, ~group),
      "standardised, 12 groups" = function() standardised(at(12, 5), answer ~ group, ~ronde),
      "logistic" = function() weeg_logistic(at(12, 5), answer ~ group + ronde + sexe, answers = levels_of(middle)[1]),
      "proportional odds" = function() weeg_logistic(middle, answer ~ group * ronde),
      "log-linear" = function() weeg_loglinear(middle, ~ answer * ronde + sexe)
    ),
    "Weights, rules for single-PSU strata" = list(
      "weights" = function() weeg_weights(middle),
      "raked" = function() weeg_weights(weeg_rake(middle, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5)))),
      "rules" = function() weeg_sensitivity(middle, answer ~ ronde),
      "rules for a test" = function() weeg_sensitivity(middle, answer ~ ronde, verb = weeg_test)
    )
  ))
}

levels_of <- function(d) levels(d$data$answer)

standardised <- function(d, formula, by) {
  column <- d$data[[all.vars(by)]]
  weeg_standardise(d, formula, by = by, population = c(prop.table(table(column))))
}

# ---- what does not fit ---------------------------------------------------------------------------------------------------

# Texts of a drawing on a page that overlap, or that run over its edges, as lines that say so.
page_faults <- function(drawing, width = 7, height = 5) {
  grDevices::pdf(NULL, width, height)
  on.exit(grDevices::dev.off())
  table <- ggplot2::ggplotGrob(drawing)
  at <- cell_edges(table, 72 * c(width, height))
  layout <- table$layout
  faults <- character()
  boxes <- list()
  for (i in seq_len(nrow(layout))) {
    cell <- c(at$x[layout$l[i]], at$x[layout$r[i] + 1], at$y[layout$t[i]], at$y[layout$b[i] + 1])
    name <- sub("-[0-9-]+$", "", layout$name[i])
    if (name %in% c("axis-l", "axis-b", "axis-t", "strip-t", "strip-r", "title", "caption")) {
      boxes <- c(boxes, lapply(text_boxes(table$grobs[[i]], cell, name), function(box) c(box, list(name = name))))
    } else if (name == "guide-box" && inherits(table$grobs[[i]], "gtable")) {
      wide <- sum(grid::convertWidth(table$grobs[[i]]$widths, "pt", valueOnly = TRUE))
      over <- cell[1] + wide - 72 * width
      if (over > 0) faults <- c(faults, sprintf("legend: %.0f points over the right edge", over))
    }
  }
  c(faults, box_faults(boxes, 72 * c(width, height)))
}

# Where the columns and rows of a table begin, in points from the left and the top.
cell_edges <- function(table, page) {
  edges <- function(units, whole, convert) {
    free <- grid::unitType(units) == "null"
    fixed <- convert(units, "pt", valueOnly = TRUE)
    fixed[free] <- 0
    share <- as.numeric(units) * free
    c(0, cumsum(fixed + if (any(free)) (whole - sum(fixed)) * share / sum(share) else 0))
  }
  list(x = edges(table$widths, page[1], grid::convertWidth), y = edges(table$heights, page[2], grid::convertHeight))
}

find_texts <- function(grob) {
  if (inherits(grob, "text")) return(list(grob))
  children <- c(if (inherits(grob, "gtable")) grob$grobs, unclass(grob$children))
  unlist(lapply(children, find_texts), recursive = FALSE)
}

# The boxes of texts in a cell: left, right, top, bottom. Axes are as long as their panel.
text_boxes <- function(grob, cell, name) {
  unlist(lapply(find_texts(grob), function(text) {
    labels <- as.character(text$label)
    if (length(labels) == 0 || all(!nzchar(labels))) return(NULL)
    size <- if (is.null(text$gp$fontsize)) 11 else text$gp$fontsize
    wide <- vapply(labels, function(one) {
      grid::convertWidth(grid::grobWidth(grid::textGrob(one, gp = text$gp)), "pt", valueOnly = TRUE)
    }, 0)
    high <- 0.95 * size * lengths(strsplit(labels, "\n"))
    along <- function(unit, edges) edges[1] + diff(edges) * as.numeric(unit)
    x <- if (name %in% c("axis-b", "axis-t")) along(text$x, cell[1:2]) - wide / 2 else
      if (name == "strip-t") rep(mean(cell[1:2]), length(labels)) - wide / 2 else
        if (name == "axis-l") rep(cell[2] - 2, length(labels)) - wide else rep(cell[1], length(labels))
    y <- if (name == "axis-l") cell[4] - diff(cell[3:4]) * as.numeric(text$y) - high / 2 else
      rep(cell[3], length(labels))
    Map(function(label, l, r, t, b) list(label = label, l = l, r = r, t = t, b = b), labels, x, x + wide, y, y + high)
  }), recursive = FALSE, use.names = FALSE)
}

box_faults <- function(boxes, page) {
  if (length(boxes) == 0) return(NULL)
  value <- function(what) vapply(boxes, `[[`, 0, what)
  l <- value("l"); r <- value("r"); t <- value("t"); b <- value("b")
  label <- vapply(boxes, `[[`, "", "label")
  name <- vapply(boxes, `[[`, "", "name")
  outside <- l < -1 | r > page[1] + 1 | b > page[2] + 1
  over <- outer(l, r - 0.5, `<`) & outer(r - 0.5, l, `>`) & outer(t, b - 0.3, `<`) & outer(b - 0.3, t, `>`) &
    outer(name, name, `==`)
  over <- which(over & upper.tri(over), arr.ind = TRUE)
  c(sprintf("%s: \"%s\" is outside the page", name[outside], label[outside]),
    sprintf("%s: \"%s\" overlaps \"%s\"", name[over[, 1]], label[over[, 1]], label[over[, 2]]))
}
