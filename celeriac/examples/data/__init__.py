"""The bundled data: `orders.csv`, and the script that made it."""
