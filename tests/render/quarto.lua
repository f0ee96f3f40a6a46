-- What Quarto does with cells: the option tbl-cap is the caption of the cell's table, and slides have what is in the division.
local function captioned(div)
  local text = div.attributes["tbl-cap"]
  if not text then return div end
  div.attributes["tbl-cap"] = nil
  return pandoc.walk_block(div, {
    Table = function(made)
      made.caption = { long = { pandoc.Plain({ pandoc.Str(text) }) } }
      return made
    end
  })
end

function Div(div)
  if not div.classes:includes("cell") then return nil end
  div = captioned(div)
  if FORMAT ~= "pptx" then return div end
  local blocks = pandoc.List()
  for _, block in ipairs(div.content) do
    blocks:extend(block.t == "Div" and block.content or { block })
  end
  return blocks
end
