CREATE TABLE "team_robot" (
	"team_id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"url" text NOT NULL,
	"secret" text,
	"set_by_id" uuid NOT NULL,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "team_robot_kind_check" CHECK ("team_robot"."kind" in ('WECOM', 'DINGTALK', 'FEISHU'))
);
--> statement-breakpoint
ALTER TABLE "team_robot" ADD CONSTRAINT "team_robot_team_id_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."team"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "team_robot" ADD CONSTRAINT "team_robot_set_by_id_employee_id_fk" FOREIGN KEY ("set_by_id") REFERENCES "public"."employee"("id") ON DELETE no action ON UPDATE no action;