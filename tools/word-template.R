# Makes inst/report/word.docx, from which Word reports take their styles: pandoc's own reference document (its default data file)
# on A4 paper, with type of 10.5 points, 9 in tables, and the reports' blue. Needs pandoc and zip.
#   Rscript tools/word-template.R

blue <- "1D5C96"

change <- function(text, from, to) {
  if (!grepl(from, text, perl = TRUE)) stop("pandoc's reference document has no ", from)
  sub(from, to, text, perl = TRUE)
}

# Puts properties of characters or paragraphs into a style.
restyle <- function(styles, id, part, properties) {
  at <- regexpr(paste0("(?s)<w:style [^>]*w:styleId=\"", id, "\".*?</w:style>"), styles, perl = TRUE)
  if (at < 0) stop("pandoc's reference document has no style ", id)
  style <- old <- regmatches(styles, at)
  style <- gsub(paste0("(?s)<w:", part, ">.*?</w:", part, ">\\s*"), "", style, perl = TRUE)
  # paragraphs' properties come before those of characters
  before <- if (part == "pPr" && grepl("<w:rPr>", style, fixed = TRUE)) "<w:rPr>" else "</w:style>"
  style <- sub(before, paste0("<w:", part, ">", properties, "</w:", part, ">", before), style, fixed = TRUE)
  sub(old, style, styles, fixed = TRUE)
}

type <- function(points, ...) paste0(..., sprintf("<w:sz w:val=\"%d\"/><w:szCs w:val=\"%d\"/>", 2 * points, 2 * points))
spacing <- function(before, after) sprintf("<w:spacing w:before=\"%d\" w:after=\"%d\"/>", 20 * before, 20 * after)
sans <- paste0("<w:rFonts w:asciiTheme=\"majorHAnsi\" w:eastAsiaTheme=\"majorEastAsia\" w:hAnsiTheme=\"majorHAnsi\" ",
               "w:cstheme=\"majorBidi\"/>")
colour <- sprintf("<w:color w:val=\"%s\"/>", blue)
line <- function(side, size) sprintf("<w:%s w:val=\"single\" w:sz=\"%d\" w:space=\"0\" w:color=\"%s\"/>", side, size, blue)

folder <- tempfile("word")
dir.create(folder)
target <- file.path(normalizePath("inst/report"), "word.docx")
default <- file.path(folder, "default.docx")
if (system2("pandoc", "--print-default-data-file=reference.docx", stdout = default) != 0) stop("pandoc failed")
parts <- file.path(folder, "parts")
utils::unzip(default, exdir = parts)
read <- function(name) paste(readLines(file.path(parts, "word", name), encoding = "UTF-8"), collapse = "\n")
write <- function(text, name) writeLines(text, file.path(parts, "word", name), useBytes = TRUE)

write(change(read("document.xml"), "(?s)<w:sectPr.*?(/>|</w:sectPr>)", paste0(
  "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rIdPages\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>",
  "<w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" ",
  "w:left=\"1134\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr>")), "document.xml")

# the number of the page under each
schemas <- "http://schemas.openxmlformats.org"
writeLines(paste0(
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<w:ftr xmlns:w=\"", schemas, "/wordprocessingml/2006/main\"><w:p><w:pPr>",
  "<w:jc w:val=\"center\"/></w:pPr><w:fldSimple w:instr=\" PAGE \"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>"
), file.path(parts, "word", "pages.xml"))
write(change(read("_rels/document.xml.rels"), "</Relationships>", paste0(
  "<Relationship Id=\"rIdPages\" Type=\"", schemas, "/officeDocument/2006/relationships/footer\" Target=\"pages.xml\"/>",
  "</Relationships>")), "_rels/document.xml.rels")
write(change(read("../[Content_Types].xml"), "</Types>", paste0(
  "<Override PartName=\"/word/pages.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.",
  "footer+xml\"/></Types>")), "../[Content_Types].xml")

styles <- change(read("styles.xml"), "<w:sz w:val=\"24\" />\\s*<w:szCs w:val=\"24\" />", type(10.5))
styles <- restyle(styles, "BodyText", "pPr", spacing(5, 5))
styles <- restyle(styles, "Compact", "pPr", spacing(1.5, 1.5))
styles <- restyle(styles, "Compact", "rPr", type(9)) # cells of tables
styles <- restyle(styles, "Title", "rPr", type(22, sans, "<w:b/><w:bCs/>", colour))
styles <- restyle(styles, "Heading1", "pPr",
                  paste0("<w:keepNext/><w:keepLines/>", spacing(22, 4), "<w:outlineLvl w:val=\"0\"/>"))
styles <- restyle(styles, "Heading1", "rPr", type(16, sans, "<w:b/><w:bCs/>", colour))
styles <- restyle(styles, "Heading2", "rPr", type(12.5, sans, "<w:b/><w:bCs/>"))
styles <- restyle(styles, "BlockText", "pPr",
                  paste0("<w:pBdr>", line("left", 24), "</w:pBdr>", spacing(4, 4), "<w:ind w:left=\"240\"/>"))
styles <- restyle(styles, "Caption", "pPr", spacing(8, 3))
styles <- restyle(styles, "Caption", "rPr", "<w:b/><w:bCs/>")
styles <- change(styles, "(?s)(w:styleId=\"Table\">.*?<w:tblPr>).*?(</w:tblPr>)", paste0(
  "\\1<w:tblInd w:w=\"0\" w:type=\"dxa\"/><w:tblBorders>", line("bottom", 8), "</w:tblBorders>",
  "<w:tblCellMar><w:left w:w=\"57\" w:type=\"dxa\"/>",
  "<w:right w:w=\"57\" w:type=\"dxa\"/></w:tblCellMar>\\2<w:trPr><w:cantSplit/></w:trPr>"))
write(styles, "styles.xml")

unlink(target)
old <- setwd(parts)
files <- list.files(".", all.files = TRUE, recursive = TRUE)
if (system2("zip", c("-q", "-X", "-9", shQuote(target), shQuote(files))) != 0) stop("zip failed")
setwd(old)
unlink(folder, recursive = TRUE)
