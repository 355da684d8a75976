ALTER TABLE orders ADD COLUMN amount_cents BIGINT;

CREATE TABLE daily_sales (
    day DATE PRIMARY KEY,
    orders BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL
);
