CREATE TABLE IF NOT EXISTS audit.backup_history (
    id          bigserial   PRIMARY KEY,
    kind        varchar(20) NOT NULL CHECK (kind IN ('backup', 'restore_test')),
    started_at  timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at timestamptz CHECK (finished_at >= started_at),
    succeeded   boolean,
    size_bytes  bigint      CHECK (size_bytes >= 0),
    message     text,
    CHECK ((finished_at IS NULL) = (succeeded IS NULL))
);
COMMENT ON TABLE audit.backup_history IS '백업 및 복구 시험 이력 (history of backups and of restores tried)';
COMMENT ON COLUMN audit.backup_history.kind IS 'backup: 백업 (backup), restore_test: 복구 시험 (a restore, tried)';
COMMENT ON COLUMN audit.backup_history.succeeded IS '성공 여부; NULL이면 진행 중 (NULL: under way)';

CREATE INDEX IF NOT EXISTS backup_history_kind_idx ON audit.backup_history (kind, finished_at DESC);
