module osaurus

go 1.21
