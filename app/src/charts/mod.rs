//! What charts show, as options for the chart script: data in, series out. Colours are names of the style sheet.
