CREATE OR REPLACE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION public.touch_updated_at() IS '수정 시각 갱신 (sets updated_at)';

-- A loop, because CREATE OR REPLACE TRIGGER needs PostgreSQL 14 and a table lock at every run.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customer_info', 'bill_inquiry_history', 'kos_inquiry_history', 'system_config'] LOOP
        IF NOT EXISTS (SELECT FROM pg_trigger
                       WHERE tgrelid = ('public.' || name)::regclass AND tgname = 'touch_updated_at') THEN
            EXECUTE format('CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.%I '
                           'FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()', name);
        END IF;
    END LOOP;
END $$;
