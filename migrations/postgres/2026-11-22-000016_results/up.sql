-- What the funnel asks besides: why somebody was lost, how busy an outlet is, what a day of a broker's costs.

-- One of the usual reasons while somebody is lost; null: in words of their own.
ALTER TABLE prospects ADD COLUMN lost_reason TEXT;

-- People who come to the outlet on a usual day, as counted or told there.
ALTER TABLE outlets ADD COLUMN footfall INTEGER;

-- What a broker's day on site costs, in fen; null: nobody has said.
ALTER TABLE branches ADD COLUMN day_rate_fen INTEGER;

-- The packed months hold more than before: all are packed anew.
DELETE FROM funnel_segments;
